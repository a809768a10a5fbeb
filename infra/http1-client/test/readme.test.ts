import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'

const folder = join(import.meta.dirname, '..')
const [, example = ''] =
  /```ts\n([^`]*)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? []
const origin = 'http://localhost:8000'

test('the example of the README prints status and body', async (t: TestContext) => {
  const server = createServer((request, response) => response.end(`asked for ${request.url}`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  t.assert.ok(example.includes(origin))

  const code = example.replace(origin, `http://127.0.0.1:${port}`)
  const args = ['--input-type=module-typescript', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })

  t.assert.equal(stdout, '200\nasked for /health/live\n')
})

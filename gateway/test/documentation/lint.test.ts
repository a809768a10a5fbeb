import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemDocument } from '../harness/documents/system.ts'

const root = join(import.meta.dirname, '../../..')
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-lint-'))
const file = join(folder, 'openapi.json')
const quiet = {
  NO_COLOR: '1',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  REDOCLY_TELEMETRY: 'off',
  SCARF_ANALYTICS: 'false'
}

after(async () => rm(folder, { recursive: true }))

const { document, findings } = await systemDocument()
await writeFile(file, JSON.stringify(document, null, 2))

/** Runs a tool of node_modules on our document, from the folder of the gateway. */
async function lint(tool: string, ...args: string[]) {
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; output: string }>()
  const options = { cwd: join(root, 'gateway'), env: { ...process.env, ...quiet } }
  const bin = join(root, 'node_modules/.bin', tool)
  const child = execFile(bin, [...args, file], options, (_, stdout, stderr) =>
    resolve({ code: child.exitCode, output: stdout + stderr })
  )
  return promise
}

test('finds nothing to say of our own table and documents', (t) => {
  t.assert.deepEqual(findings, [])
})

test('passes the rules that Redocly recommends, without a warning', async (t) => {
  const { code, output } = await lint('redocly', 'lint', '--extends=recommended')

  t.assert.equal(code, 0, output)
  t.assert.doesNotMatch(output, /warning/i)
})

test('passes the rules of Spectral and those for OWASP’s API Security Top 10', async (t) => {
  const rules = ['--ruleset', 'lint/spectral.yaml', '--fail-severity', 'hint']
  const { code, output } = await lint('spectral', 'lint', ...rules)

  t.assert.equal(code, 0, output)
})

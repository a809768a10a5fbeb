import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { pour } from '../harness/measured.ts'
import { connectRaw } from '../harness/raw-client.ts'

/** More than is read of a body that nobody wants. */
const bytes = 70 * 1024 * 1024

test('F5 brings a large body whole to an upstream that answers early and reads on', async (t) => {
  const server = createServer((request, response) => {
    let received = 0
    response.write('early, ')
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    request.on('end', () => response.end(`${received} bytes`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = await startGateway(
    t,
    `
services: { files: { url: "http://127.0.0.1:${(server.address() as AddressInfo).port}" } }
routes: { POST /up: { to: files, allow: public, body: 100mb } }
`
  )
  const client = await connectRaw(t, port, { methods: ['POST'] })
  client.send(`POST /up HTTP/1.1\r\nhost: gateway\r\ncontent-length: ${bytes}\r\n\r\n`)
  pour(client.socket, bytes)
  await client.partial()
  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), `early, ${bytes} bytes`)
  assert.ok(answer.complete)
})

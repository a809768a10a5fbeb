import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { requestBytes } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /public: { to: echo, allow: public }
`
)
const length = 'content-length: 5'
const json = 'content-type: application/json'

for (const [path, method, status] of [
  ['/nothing', 'POST', 404],
  ['/health/live', 'POST', 405],
  ['/health/live', 'GET', 200]
] as const) {
  test(`F10 answers ${method} ${path} ${status} without 100, and closes`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    const headers = ['expect: 100-continue', length, json]
    client.send(requestBytes(path, { method, headers }))

    const answer = await client.answer()

    assert.equal(answer.status, status)
    assert.equal(answer.header('connection'), 'close')
    assert.ok(await client.closed())
    assert.equal(client.informational.length, 0)
  })
}

for (const [what, headers, body] of [
  ['JSON that is none', [length, json], 'hello'],
  ['no media type', [length], 'hello'],
  ['chunks', ['transfer-encoding: chunked', json], '5\r\nhello\r\n0\r\n\r\n'],
  ['more than a page could want', [json], 'x'.repeat(200_000)]
] as const) {
  test(`F23 reads past a body for a page that there is not: ${what}`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    client.send(requestBytes('/nothing', { method: 'POST', headers: [...headers], body }))
    const first = await client.answer()

    client.send(requestBytes('/health/live'))

    assert.equal(first.status, 404)
    assert.equal((await client.answer()).status, 200)
  })
}

for (const [what, headers] of [
  ['without a media type', []],
  ['with one', [json]],
  ['with one and a body', [json, length]]
] as const) {
  test(`E11 answers QUERY ${what} with 405 and what the page allows`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    client.send(requestBytes('/', { method: 'QUERY', headers: [...headers] }))

    const answer = await client.answer()

    assert.equal(answer.status, 405)
    assert.equal(answer.header('allow'), 'GET, HEAD')
  })
}

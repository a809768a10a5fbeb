import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/upstream.ts'

/** Whether a connection goes on behind an answer: RFC 9112 9.3. */
const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**: { to: echo, allow: public }
`
)
const host = 'host: gateway\r\n'
const next = `GET /public/behind HTTP/1.1\r\n${host}\r\n`

for (const [what, version, fields] of [
  ['HTTP/1.0', '1.0', ''],
  ['HTTP/1.0 that says close behind keep-alive', '1.0', 'connection: keep-alive, close\r\n'],
  ['HTTP/1.0 that says close before keep-alive', '1.0', 'connection: close, Keep-Alive\r\n'],
  ['HTTP/1.0 in two lines', '1.0', 'connection: close\r\nconnection: keep-alive\r\n'],
  ['HTTP/1.0 that means a proxy', '1.0', 'proxy-connection: keep-alive\r\n'],
  ['HTTP/1.0 that names another', '1.0', 'connection: not-keep-alive\r\n'],
  ['HTTP/1.1 that says close', '1.1', 'connection: keep-alive, close\r\n']
] as const) {
  test(`F49 closes behind the answer to ${what}, and serves nothing more`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    client.send(`GET /public/x HTTP/${version}\r\n${host}${fields}\r\n${next}`)

    const answer = await client.answer()

    assert.equal(answer.status, 200)
    assert.equal(answer.header('connection'), 'close')
    assert.equal(answer.header('keep-alive'), undefined)
    assert.equal(await client.closed(), 'end')
    assert.equal(client.answers.length, 1)
    assert.equal(upstream.requests('/public/behind').length, 0)
  })
}

for (const value of ['keep-alive', 'Keep-Alive, x-own', 'x-own ,keep-alive']) {
  test(`F50 serves HTTP/1.0 again where it says ${value}`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    const request = `GET /public/again HTTP/1.0\r\n${host}connection: ${value}\r\n\r\n`
    client.send(request)
    const first = await client.answer()
    client.send(request)

    assert.equal(first.header('connection'), 'keep-alive')
    assert.equal((await client.answer()).status, 200)
  })
}

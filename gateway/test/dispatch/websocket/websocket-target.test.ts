import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { request } from '../../harness/request.ts'
import { startUpstream } from '../../harness/upstream.ts'
import { acceptAt, openWebSocket } from '../../harness/websocket.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { live: { url: "${upstream.url}" } }
routes:
  GET /live/**:  { to: live, allow: public, stream: websocket }
  GET /plain/**: { to: live, allow: public }
`
)
const { port } = gateway

for (const target of ['http://gateway/live/a?room=1', 'HTTP://Gateway/live/a?room=1']) {
  test(`F15 F28 opens a WebSocket at ${target}`, async (t) => {
    const accepted = acceptAt(upstream, '/live/a')

    const client = await openWebSocket(t, port, target)

    assert.equal(client.status, 101)
    const { seen } = await accepted
    assert.equal(seen.target, '/live/a?room=1')
    assert.deepEqual(seen.all('x-forwarded-host'), ['gateway'])
  })
}

for (const authority of ['evil', 'gateway:81', 'gateway@evil', 'evil@gateway']) {
  test(`F15 F28 refuses a WebSocket of ${authority} as it does a plain request`, async (t) => {
    const before = upstream.seen.length

    const plain = await request(t, port, `http://${authority}/plain/a`)
    const client = await openWebSocket(t, port, `http://${authority}/live/a`)

    assert.equal(plain.status, 400)
    assert.equal(client.status, plain.status)
    assert.equal(upstream.seen.length, before)
  })
}

test('F15 F28 opens no WebSocket on a line that is none, in either form', async (t) => {
  for (const target of ['/plain/b', 'http://gateway/plain/b']) {
    const client = await openWebSocket(t, port, target)
    assert.equal(client.status, 200, target)
  }
})

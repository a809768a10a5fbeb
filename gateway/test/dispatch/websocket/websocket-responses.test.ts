import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startGateway } from '../../harness/gateway.ts'
import { startUpstream } from '../../harness/upstream.ts'
import { openWebSocket, switching } from '../../harness/websocket.ts'

const upstream = await startUpstream({ after })
const { port } = await startGateway(
  { after },
  `
services: { live: { url: "${upstream.url}" } }
routes: { GET /live/**: { to: live, allow: public, stream: websocket } }
`
)
const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'

for (const [how, parts] of [
  ['together with the 101', [`${goOn}WS`]],
  ['before the 101', [goOn, 'WS']],
  ['twice and in pieces', [`${goOn}HTTP/1.1 100 Con`, 'tinue\r\n\r', '\nWS']]
] as const) {
  test(`F11 skips a 100 that nobody asked for, sent ${how}`, async (t) => {
    const path = `/live/${parts.length}`
    upstream.atHead(path, async (seen, socket) => {
      for (const part of parts) {
        socket.write(part.replace('WS', switching(seen)))
        await setTimeout(20)
      }
    })

    const client = await openWebSocket(t, port, path)

    assert.equal(client.status, 101)
  })
}

test('F7 breaks off what is no opening and ends with its connection, where that is reset', async (t) => {
  upstream.atHead('/live/reset', async (_seen, socket) => {
    socket.write('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\nhalf')
    await setTimeout(50)
    socket.resetAndDestroy()
  })

  const client = await openWebSocket(t, port, '/live/reset')
  await client.ended()

  assert.equal(client.status, 403)
  assert.match(client.state.bytes.toString('latin1'), /half(?!.*\r\n0\r\n)/s)
})

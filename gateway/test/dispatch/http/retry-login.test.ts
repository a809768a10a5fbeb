import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { quietPort } from '../../harness/quiet-port.ts'
import { request } from '../../harness/request.ts'
import { ada } from '../../harness/token.ts'
import { ok } from '../../harness/upstream.ts'

const opened = 'net.client.socket'

/** Calls `back` when a connection of this process to this port has been refused. */
function onRefusal(t: TestContext, port: number, back: () => void) {
  function look(message: unknown) {
    const { socket } = message as { socket: Socket }
    socket.once('error', (error: Error & { code?: string; port?: number }) => {
      if (error.port === port && error.code === 'ECONNREFUSED') back()
    })
  }
  subscribe(opened, look)
  t.after(() => unsubscribe(opened, look))
}

test('G25 asks again for a login where nobody was there to take it', async (t) => {
  const port = await quietPort()
  const session_id = '01900000-0000-7000-8000-0000000000c1'
  const internal = { user_id: ada, user_type: 'admin', session_id, refresh_token: 'refresh-me' }
  const late = createServer((socket) => {
    socket.once('data', () => socket.end(ok(JSON.stringify(internal), 'connection: close')))
  })
  t.after(() => late.close())
  const table = `
services: { users: { url: "http://127.0.0.1:${port}" } }
routes: { POST /login: { to: users, allow: public, issue: token } }
`
  const gateway = await startGateway(t, table)
  let refusals = 0
  onRefusal(t, port, () => {
    refusals += 1
    if (refusals === 1) late.listen(port, '127.0.0.1')
  })

  const answer = await request(t, gateway.port, '/login', { method: 'POST', body: '{}' })

  assert.equal(answer.status, 200)
  assert.equal(answer.json().refresh_token, 'refresh-me')
  assert.equal(refusals, 1)
})

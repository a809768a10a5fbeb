import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request, requestBytes } from '../harness/request.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

/** What property.test.ts found, each with a name of its own. */
const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /public/**: { to: echo, allow: public } }
`
)

for (const name of ['Transfer_Encoding', 'transfer.encoding', 'Content_Length']) {
  test(`F36 does not forward ${name}, which some servers read as framing`, async (t) => {
    const path = `/public/${name}`
    const headers = [`${name}: chunked`]

    const answer = await request(t, gateway.port, path, { method: 'POST', headers, body: 'hello' })

    assert.ok([200, 400].includes(answer.status), `status ${answer.status}`)
    const seen = upstream.requests(path).flatMap(({ headers }) => headers)
    assert.ok(!seen.some(([other]) => other === name))
  })
}

test('F23 answers a request that is under way before it refuses the bytes after it', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  upstream.answer('/public/first', async (_seen, socket) => {
    arrived.resolve()
    await gate.promise
    socket.write(ok('first'))
  })
  const client = await connectRaw(t, gateway.port)
  client.send(requestBytes('/public/first', { method: 'POST', body: 'x' }))
  await arrived.promise
  client.send('this is no HTTP\r\n\r\n')
  gate.resolve()

  const first = await client.answer()
  const second = await client.answer().catch(() => null)

  assert.equal(first.status, 200)
  assert.equal(first.body.toString(), 'first')
  assert.ok(second === null || second.status === 400)
  assert.ok(await client.closed())
})

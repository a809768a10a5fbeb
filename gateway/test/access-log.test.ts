import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { startGateway } from './harness/gateway.ts'
import { connectRaw } from './harness/raw-client.ts'
import { startUpstream } from './harness/upstream.ts'

/** What the log tells of a request whose client broke it off. */
async function start(t: TestContext) {
  const upstream = await startUpstream(t)
  upstream.answer('/public/x', () => undefined)
  const gateway = await startGateway(
    t,
    `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /public/**: { to: echo, allow: public } }
`
  )
  const client = await connectRaw(t, gateway.port)
  const answered = () => gateway.log.filter(({ msg }) => msg === 'request completed')
  /** The lines of all that was answered, once the gateway is gone. */
  async function lines() {
    await until(() => answered().length > 0, 'the line of the response')
    await gateway.close()
    return answered().map(({ request_id: id, url, status, reason }) => ({
      id,
      url,
      status,
      reason
    }))
  }
  return { upstream, client, lines }
}

const head = 'POST /public/x HTTP/1.1\r\nhost: gateway\r\nrequest-id: mine\r\n'
const chunked = `${head}transfer-encoding: chunked\r\n\r\n`

for (const [what, bytes] of [
  ['a FIN in its body', `${chunked}5\r\nhel`],
  ['a chunk without a size', `${chunked}5\r\nhello\r\nnone\r\n`],
  ['a FIN behind what is over the limit', `${chunked}200000\r\n${'x'.repeat(0x1f0000)}`]
] as const)
  test(`F60 tells of a request with ${what} in one line, with the id and the status that were heard`, async (t) => {
    const { client, lines } = await start(t)
    client.send(bytes)
    client.end()

    const answer = await client.answer()

    assert.equal(answer.header('request-id'), 'mine')
    assert.equal(await client.closed(), 'end')
    const { type, status } = answer.json() as { type: string; status: number }
    assert.equal(status, answer.status)
    const reason = type.replace('/problems/', '')
    assert.deepEqual(await lines(), [{ id: 'mine', url: '/public/x', status, reason }])
  })

test('F60 says 499 of a request whose client left before there was an answer', async (t) => {
  const { upstream, client, lines } = await start(t)
  client.send(`GET /public/x HTTP/1.1\r\nhost: gateway\r\nrequest-id: mine\r\n\r\n`)
  await upstream.saw('/public/x')
  client.abort()

  const told = { id: 'mine', url: '/public/x', status: 499, reason: 'client-left' }
  assert.deepEqual(await lines(), [told])
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /public/**: { to: echo, allow: public } }
`
)
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** What the service saw of a request with these fields. */
async function seen(t: Parameters<typeof request>[0], options: Parameters<typeof request>[3]) {
  const before = upstream.seen.length
  const answer = await request(t, gateway.port, '/public/x', options)
  assert.equal(answer.status, 200)
  assert.equal(upstream.seen.length, before + 1)
  const found = upstream.seen.at(-1)
  assert.ok(found?.complete)
  return found
}

test('F1 takes none of a trace or of via that connection names', async (t) => {
  const headers = [
    'connection: traceparent, Tracestate',
    'connection: VIA',
    `traceparent: ${trace}`,
    'tracestate: mine=1',
    'via: 1.1 mine'
  ]

  const { all } = await seen(t, { headers })

  assert.equal(all('traceparent').length, 1)
  assert.match(all('traceparent')[0] ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.notEqual(all('traceparent')[0], trace)
  assert.deepEqual(all('tracestate'), [])
  assert.equal(all('via').length, 1)
  assert.match(all('via')[0] ?? '', /^1\.1 gatehouse-[0-9a-f]+$/)
})

test('F1 keeps the trace where connection names its state alone', async (t) => {
  const headers = ['connection: tracestate', `traceparent: ${trace}`, 'tracestate: mine=1']

  const { all } = await seen(t, { headers })

  assert.deepEqual(all('traceparent'), [trace])
  assert.deepEqual(all('tracestate'), [])
})

test('F24 knows a request of its own by a via that connection names', async (t) => {
  const [via = ''] = (await seen(t, {})).all('via')

  const headers = ['connection: via', `via: ${via}`]
  const answer = await request(t, gateway.port, '/public/x', { headers })

  assert.equal(answer.status, 508)
})

for (const [length, body, told] of [
  ['010', 'x'.repeat(10), '10'],
  ['000000000000005', 'hello', '5'],
  ['5', 'hello', '5'],
  ['00', '', '0'],
  ['0', '', '0']
] as const) {
  test(`F5 spells a content-length of ${length} as ${told}`, async (t) => {
    const headers = [`content-length: ${length}`]

    const { all, body: received } = await seen(t, { method: 'POST', headers, body })

    assert.deepEqual(all('content-length'), [told])
    assert.deepEqual(all('transfer-encoding'), [])
    assert.equal(received.toString(), body)
  })
}

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

test('F51 knows a request of its own by a via that connection names', async (t) => {
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

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'

test('F16 starts a new trace where a request has two traceparent headers', async (t) => {
  const headers = [`traceparent: ${trace}`, `traceparent: ${trace}`, 'tracestate: mine=1']

  const { all } = await seen(t, { headers })

  assert.equal(all('traceparent').length, 1)
  assert.match(all('traceparent')[0] ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.ok(!all('traceparent')[0]?.includes(traceId))
  assert.deepEqual(all('tracestate'), [])
})

// W3C Trace Context 4.3: of a later version the parts that this one knows are kept, in the form of this version.
for (const [version, sent, expected] of [
  ['a later version', `01-${traceId}-${parentId}-01`, `00-${traceId}-${parentId}-01`],
  [
    'a later version with more parts',
    `cc-${traceId}-${parentId}-03-what-else`,
    `00-${traceId}-${parentId}-01`
  ],
  [
    'a later version with unknown flags',
    `01-${traceId}-${parentId}-fe`,
    `00-${traceId}-${parentId}-00`
  ]
] as const) {
  test(`F16 continues the trace of ${version}`, async (t) => {
    const { all } = await seen(t, { headers: [`traceparent: ${sent}`, 'tracestate: mine=1'] })

    assert.deepEqual(all('traceparent'), [expected])
    assert.deepEqual(all('tracestate'), ['mine=1'])
  })
}

for (const sent of [
  `00-${traceId}-${parentId}-01-more`,
  `01-${traceId}-${parentId}-01more`,
  `ff-${traceId}-${parentId}-01`,
  `01-${'0'.repeat(32)}-${parentId}-01`,
  `01-${traceId}-${parentId}`
]) {
  test(`F16 starts a new trace in place of ${sent}`, async (t) => {
    const { all } = await seen(t, { headers: [`traceparent: ${sent}`] })

    assert.ok(!all('traceparent')[0]?.includes(traceId))
  })
}

for (const name of [
  'x-original-url',
  'X-Rewrite-URL',
  'x-override-url',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x_http_method_override',
  'x-original-uri',
  'x-original-method',
  'x-original-host',
  'x-original-for',
  'x-original-proto',
  'x-host',
  'x-http-host-override',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'front-end-https',
  'x-url-scheme',
  'x-script-name'
]) {
  test(`A3 forwards no ${name}, by which some frameworks take a request for another`, async (t) => {
    const { all } = await seen(t, { headers: [`${name}: /admin`, 'x-kept: 1'] })

    assert.deepEqual(all(name.toLowerCase()), [])
    assert.deepEqual(all('x-kept'), ['1'])
  })
}

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { type Gateway, startGateway } from '../../harness/gateway.ts'
import { request } from '../../harness/request.ts'
import { mistakesOf } from '../../harness/table.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = (more: string) => `
services: { echo: { url: "${upstream.url}"${more} } }
routes:
  ANY /any/**:  { to: echo, allow: public }
  GET /socket:  { to: echo, allow: public, stream: websocket }
`
const gateway = await startGateway({ after }, table(''))
const roomy = await startGateway({ after }, table(', response_headers: 40kb'))
const handshake = [
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='
]

/** The log line of a request, as soon as it is written. */
const logged = async ({ log }: Gateway, id: string | undefined) =>
  until(
    () => log.find(({ request_id, status }) => request_id === id && status),
    `the line of ${id}`
  )

for (const [what, bytes, sentence] of [
  [
    'a header section of 17 kB',
    ok('', `x: ${'x'.repeat(17 * 1024)}`),
    /header section that is too long/
  ],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n', /line without a colon/],
  ['no status line', 'hello\r\n\r\n', /no status line/]
] as const) {
  test(`F32 logs why a response with ${what} is a 502`, async (t) => {
    upstream.answer('/any/odd', () => bytes)

    const answer = await request(t, gateway.port, '/any/odd')

    assert.equal(answer.status, 502)
    assert.doesNotMatch(answer.body.toString(), sentence)
    const line = await logged(gateway, answer.header('request-id'))
    assert.match(String(line?.reason), /^upstream-failed: /)
    assert.match(String(line?.reason), sentence)
  })
}

for (const [what, path, headers] of [
  ['a route', '/any/large', []],
  ['the refusal of a handshake', '/socket', handshake]
] as const) {
  test(`F43 takes a larger header section of ${what} where the service says so`, async (t) => {
    upstream.answer(path, () => ok('', `x: ${'x'.repeat(30 * 1024)}`))

    const answer = await request(t, roomy.port, path, { headers: [...headers] })

    assert.equal(answer.status, 200)
    assert.equal(answer.header('x')?.length, 30 * 1024)
  })
}

test('F43 refuses a header section over the limit of its service', async (t) => {
  upstream.answer('/any/huge', () => ok('', `x: ${'x'.repeat(41 * 1024)}`))

  assert.equal((await request(t, roomy.port, '/any/huge')).status, 502)
})

test('the loader refuses a limit that no response fits in, or that is a mistake', () => {
  for (const size of ['0b', '100b', '2mb'])
    assert.match(mistakesOf(table(`, response_headers: ${size}`))[0] ?? '', /from 1kb to 1mb/)
})

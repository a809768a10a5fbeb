import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { until } from '@gatehouse/service-kit/testing'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/upstream.ts'

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
const canary = 'canary-5d1e'

/** What Node's parser or the guard refuses: [id, what, bytes, status]. */
const refusals: [string, string, string, number][] = [
  ['F5', 'a line that is no HTTP', `${canary} is this\r\n\r\n`, 400],
  ['F5', 'a space before a colon', `GET /public/x?${canary} HTTP/1.1\r\n${host}x : 1\r\n\r\n`, 400],
  ['F41', 'headers over 16 KB', `GET / HTTP/1.1\r\n${host}x: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
  ['F19', 'a target of 17 kB', `GET /public/${'x'.repeat(17_000)} HTTP/1.1\r\n${host}\r\n`, 414],
  ['F19', 'a target of 70 kB', `GET /public/x?${'x'.repeat(70_000)} HTTP/1.1\r\n${host}\r\n`, 414],
  [
    'F19',
    'a long target with an authority',
    `GET http://h/${'x'.repeat(17_000)} HTTP/1.1\r\n\r\n`,
    414
  ],
  ['F31', 'a method in small letters', `brew /public/x HTTP/1.1\r\n${host}\r\n`, 501],
  ['F31', 'a method with a digit', `BREW2 /public/x HTTP/1.1\r\n${host}\r\n`, 501],
  ['F31', 'BREW with an authority', `BREW http://h/public/x HTTP/1.1\r\n${host}\r\n`, 501],
  ['F31', 'the method BREW', `BREW /public/x HTTP/1.1\r\n${host}\r\n`, 501],
  ...['SETUP', 'PLAY', 'FLUSH', 'GET_PARAMETER', 'DESCRIBE'].map(
    (method): [string, string, string, number] => [
      'F31',
      `${method}, a method of RTSP`,
      `${method} /public/x HTTP/1.1\r\n${host}\r\n`,
      501
    ]
  ),
  ['F31', 'DESCRIBE in RTSP', `DESCRIBE /public/x RTSP/1.0\r\n${host}\r\n`, 501],
  ['F31', 'SOURCE, a method of ICE', `SOURCE /public/x HTTP/1.1\r\n${host}\r\n`, 501],
  ['F31', 'SOURCE in ICE', `SOURCE /public/x ICE/1.0\r\n${host}\r\n`, 501],
  ['F13', 'HTTP/3.0', `GET /public/x HTTP/3.0\r\n${host}\r\n`, 505],
  ['F13', 'HTTP/2.0', `GET /public/x HTTP/2.0\r\n${host}\r\n`, 505],
  ['F13', 'no version', `GET /public/x HTTP/x.y\r\n${host}\r\n`, 400],
  ['E11', 'TRACE', `TRACE /public/x HTTP/1.1\r\n${host}\r\n`, 405],
  ['F38', 'CONNECT', `CONNECT evil:443 HTTP/1.1\r\n${host}\r\n`, 405]
]

/** The lines of the log that tell of the answer to a request, as soon as there are any. */
const headerLines = async (id: string | undefined) =>
  until(() => {
    const lines = gateway.log.filter(
      (line) => line.request_id === id && line.msg === 'request completed'
    )
    return lines.length > 0 && lines
  }, `the line of ${id}`)

for (const [id, what, bytes, status] of refusals) {
  test(`${id} answers ${what} with ${status}, a date and one line of the log`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    client.send(bytes)

    const answer = await client.answer()

    assert.equal(answer.status, status)
    assert.match(answer.header('date') ?? '', /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} .* GMT$/)
    assert.equal(answer.header('connection'), 'close')
    if (status === 405) assert.deepEqual(answer.all('allow'), [''])
    const lines = await headerLines(answer.header('request-id'))
    assert.deepEqual(
      lines.map(({ level, ip, status: told }) => ({ level, ip, told })),
      [{ level: 30, ip: '127.0.0.1', told: status }]
    )
    assert.equal(lines[0]?.reason, String(answer.json().type).replace('/problems/', ''))
    assert.doesNotMatch(JSON.stringify(lines), new RegExp(canary))
    assert.equal(upstream.seen.length, 0)
  })
}

for (const [what, pieces, status] of [
  ['a method that is not known', ['BR', 'EW /public/x HTTP/1.1\r\n'], 501],
  ['nonsense', ['this is nonsense', '\r\n\r\n'], 400]
] as const) {
  test(`F31 answers ${what} with ${status} though it comes in pieces`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    for (const piece of pieces) {
      client.send(piece)
      await setTimeout(20)
    }

    assert.equal((await client.answer()).status, status)
  })
}

for (const [what, next, status] of [
  ['nonsense', 'nonsense\r\n\r\n', 400],
  ['another protocol', `GET /public/x FTP/1.1\r\n${host}\r\n`, 400],
  ['HTTP/1.2', `GET /public/x HTTP/1.2\r\n${host}\r\n`, 400],
  ['HTTP/3.0', `GET /public/x HTTP/3.0\r\n${host}\r\n`, 505],
  ['an unknown method', `BREW /public/x HTTP/1.1\r\n${host}\r\n`, 501]
] as const) {
  test(`F31 answers ${what} with ${status} where it comes in one piece with a request before`, async (t) => {
    const client = await connectRaw(t, gateway.port)
    client.send(`GET /health/live HTTP/1.1\r\n${host}\r\n${next}`)

    const answers = [await client.answer(), await client.answer()]

    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, status]
    )
  })
}

import { test } from 'node:test'
import { exchange, parseAnswer, startApp } from './start-app.ts'

const close = 'host: a\r\nconnection: close\r\n'

const malformed = [
  ['a bad percent escape', `GET /%zz HTTP/1.1\r\n${close}\r\n`, 400],
  [
    'a path parameter that is too long',
    `POST /things/${'a'.repeat(200)}/press HTTP/1.1\r\n${close}\r\n`,
    414
  ],
  ['a line that is no HTTP', 'this is no http\r\n\r\n', 400],
  [
    'two lengths',
    `POST /things HTTP/1.1\r\n${close}content-length: 1\r\ncontent-length: 2\r\n\r\n`,
    400
  ],
  ['headers over 16 KB', `GET / HTTP/1.1\r\n${close}a: ${'b'.repeat(17_000)}\r\n\r\n`, 431],
  ['TRACE', `TRACE /things HTTP/1.1\r\n${close}\r\n`, 405]
] as const

for (const [what, bytes, status] of malformed) {
  test(`answers ${what} with a problem document, ${status}`, async (t) => {
    const app = await startApp(t)

    const answer = parseAnswer(await exchange(app, bytes))

    t.assert.equal(answer.status, status)
    t.assert.equal(answer.headers.includes('content-type: application/problem+json'), true)
    const { status: told, request_id } = JSON.parse(answer.body)
    t.assert.equal(told, status)
    t.assert.equal(answer.headers.includes(`request-id: ${request_id}`), true)
  })
}

test('writes no error into an answer that is under way', async (t) => {
  const app = await startApp(t)
  app.server.prependListener('request', (_request, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('12345')
  })

  const answer = await exchange(app, 'GET /things HTTP/1.1\r\nhost: a\r\n\r\nnonsense\r\n\r\n')

  t.assert.match(answer, /^HTTP\/1\.1 200 /)
  t.assert.doesNotMatch(answer, /problem/)
})

const mediaTypes = [
  'application/json',
  'Application/JSON',
  'APPLICATION/JSON',
  ' application/json',
  'application/json ',
  'application/json;',
  'application/json ;',
  'application/json; ',
  'application/json;;',
  'application/json\t',
  '\tapplication/json',
  'application/json\t;charset=utf-8',
  'application/json;\tcharset=utf-8',
  'application/json; charset=utf-8; charset=latin1',
  'application/json; charset=utf-7',
  'application/json, text/plain',
  'text/plain, application/json',
  'application /json',
  'application/ json',
  'application/json/x',
  'application/jsonx',
  'application/problem+json',
  'application/vnd.api+json',
  'text/json',
  '*/*',
  '"application/json"',
  'application/json;x="',
  'multipart/form-data; boundary=application/json',
  ''
]

for (const mediaType of mediaTypes) {
  test(`K14 never skips validation for the media type ${JSON.stringify(mediaType)}`, async (t) => {
    const app = await startApp(t)
    const body = '{"name":"","count":"3","admin":true}'
    const head = `POST /things HTTP/1.1\r\n${close}content-type:${mediaType}\r\n`

    const answer = parseAnswer(
      await exchange(app, `${head}content-length: ${body.length}\r\n\r\n${body}`)
    )

    t.assert.match(String(answer.status), /^4(00|15)$/)
  })
}

test('K14 refuses a body without a media type', async (t) => {
  const app = await startApp(t)

  const answer = parseAnswer(
    await exchange(app, `POST /things HTTP/1.1\r\n${close}content-length: 2\r\n\r\n{}`)
  )

  t.assert.equal(answer.status, 415)
})

test('reads the plain media type', async (t) => {
  const app = await startApp(t)
  const body = '\ufeff{"name":"Ada","count":3}'
  const head = `POST /things HTTP/1.1\r\n${close}content-type: application/json; charset=utf-8\r\n`

  const answer = parseAnswer(
    await exchange(app, `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  )

  t.assert.equal(answer.status, 200)
})

test('F34 keeps a request id of a safe alphabet and replaces any other', async (t) => {
  const app = await startApp(t)
  const idOf = async (claimed: string) => {
    const { headers } = await app.inject({ url: '/things', headers: { 'request-id': claimed } })
    return String(headers['request-id'])
  }

  const [kept, long, odd, empty] = await Promise.all(
    ['Abc-1._z', 'a'.repeat(65), 'a b', ''].map(idOf)
  )

  t.assert.equal(kept, 'Abc-1._z')
  for (const replaced of [long, odd, empty]) t.assert.match(String(replaced), /^[\w-]{12}-\w+$/)
  t.assert.equal(new Set([long, odd, empty]).size, 3)
})

import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ProblemError, unavailable } from '@gatehouse/service-kit'
import { exchange, parseAnswer, startApp } from './start-app.ts'

const json = { 'content-type': 'application/json' }
const valid = { name: 'Ada', count: 3 }

test('names every fault of a body, one pointer each', async (t) => {
  const app = await startApp(t)

  const response = await app.inject({
    method: 'POST',
    url: '/things',
    payload: { name: '', 'a/b~c': 1 }
  })

  t.assert.equal(response.statusCode, 400)
  t.assert.equal(response.headers['content-type'], 'application/problem+json')
  t.assert.deepEqual(response.json(), {
    type: '/problems/invalid-request',
    title: 'Bad Request',
    status: 400,
    detail: 'The request does not match its schema.',
    request_id: response.headers['request-id'],
    errors: [
      { pointer: '#/body/count', detail: 'is required' },
      { pointer: '#/body/a~1b~0c', detail: 'is not a known field' },
      { pointer: '#/body/name', detail: 'must NOT have fewer than 2 characters' }
    ]
  })
})

test('names a fault of a query', async (t) => {
  const app = await startApp(t)

  const response = await app.inject('/things?limit=many&page=2')

  t.assert.equal(response.statusCode, 400)
  t.assert.deepEqual(
    response.json().errors.map(({ pointer }: { pointer: string }) => pointer),
    ['#/query/page', '#/query/limit']
  )
})

test('bounds how many faults it tells', async (t) => {
  const app = await startApp(t)
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 1]))

  const response = await app.inject({ method: 'POST', url: '/things', payload: many })

  t.assert.equal(response.statusCode, 400)
  t.assert.equal(response.json().errors.length, 100)
})

const refused = [
  ['malformed JSON', { payload: '{"name":', headers: json }, 400, 'malformed-request'],
  ['an empty JSON body', { payload: '', headers: json }, 400, 'invalid-request'],
  [
    'a body in a content coding',
    { payload: gzipSync(JSON.stringify(valid)), headers: { ...json, 'content-encoding': 'gzip' } },
    415,
    'unsupported-media-type'
  ],
  ['no body at all', {}, 400, 'invalid-request'],
  [
    'a __proto__ key',
    { payload: '{"__proto__":{"a":1},"name":"Ada","count":3}', headers: json },
    400,
    'malformed-request'
  ],
  [
    'a constructor.prototype key',
    { payload: '{"constructor":{"prototype":{}},"name":"Ada","count":3}', headers: json },
    400,
    'malformed-request'
  ],
  [
    'a body that is nested 8,000 deep',
    { payload: '['.repeat(8000) + ']'.repeat(8000), headers: json },
    400,
    'invalid-request'
  ],
  ['a body over 16 kB', { payload: { name: 'a'.repeat(17_000) } }, 413, 'payload-too-large'],
  [
    'a body that is no JSON',
    { payload: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'unsupported-media-type'
  ],
  [
    'a body of plain text',
    { payload: JSON.stringify(valid), headers: { 'content-type': 'text/plain' } },
    415,
    'unsupported-media-type'
  ]
] as const

for (const [what, request, status, slug] of refused) {
  test(`answers ${what} with ${status} ${slug}`, async (t) => {
    const app = await startApp(t)

    const response = await app.inject({ method: 'POST', url: '/things', ...request })

    t.assert.equal(response.statusCode, status)
    t.assert.equal(response.json().type, `/problems/${slug}`)
    t.assert.equal(response.json().request_id, response.headers['request-id'])
  })
}

test('takes bodies as they are, and makes numbers of queries', async (t) => {
  const app = await startApp(t)

  const body = await app.inject({
    method: 'POST',
    url: '/things',
    payload: { ...valid, count: '3' }
  })
  const query = await app.inject('/things?limit=5')

  t.assert.equal(body.statusCode, 400)
  t.assert.deepEqual(body.json().errors, [{ pointer: '#/body/count', detail: 'must be integer' }])
  t.assert.deepEqual(query.json(), { limit: 5 })
})

test('refuses a query parameter that is given twice', async (t) => {
  const app = await startApp(t)

  const response = await app.inject('/things?limit=5&limit=6')

  t.assert.equal(response.statusCode, 400)
})

test('answers an unknown path with 404', async (t) => {
  const app = await startApp(t)

  const response = await app.inject('/nothing')

  t.assert.equal(response.statusCode, 404)
  t.assert.equal(response.json().type, '/problems/not-found')
  t.assert.equal(response.json().request_id, response.headers['request-id'])
})

test('E11 answers an unknown method with 405 and allow', async (t) => {
  const app = await startApp(t)

  const things = await app.inject({ method: 'DELETE', url: '/things?limit=1' })
  const press = await app.inject({ method: 'GET', url: '/things/1/press' })

  t.assert.equal(things.statusCode, 405)
  t.assert.equal(things.headers.allow, 'GET, HEAD, POST')
  t.assert.equal(press.statusCode, 405)
  t.assert.equal(press.headers.allow, 'POST')
  t.assert.equal(press.json().type, '/problems/method-not-allowed')
})

const bugs = [
  new Error('SELECT password FROM secrets'),
  Object.assign(new Error('secrets'), { statusCode: 503 }),
  'secrets',
  { secrets: true },
  null
]

for (const thrown of bugs) {
  test(`K16 answers a bare 500 where a handler throws ${String(thrown)}`, async (t) => {
    const app = await startApp(t, { thrown })

    const response = await app.inject('/thrown')

    t.assert.equal(response.statusCode, 500)
    t.assert.equal(response.json().type, '/problems/internal-error')
    t.assert.equal(response.json().request_id, response.headers['request-id'])
    t.assert.doesNotMatch(response.body, /secrets|password|stack/)
  })
}

test('says nothing of the message of an error that is not ours', async (t) => {
  const thrown = Object.assign(new Error('connect 10.0.0.1'), { statusCode: 418 })
  const app = await startApp(t, { thrown })

  const response = await app.inject('/thrown')

  t.assert.equal(response.statusCode, 418)
  t.assert.doesNotMatch(response.body, /10\.0\.0\.1/)
})

test('sends the headers of a problem', async (t) => {
  const app = await startApp(t, { thrown: unavailable('database-down', 'Come back.', 3) })

  const response = await app.inject('/thrown')

  t.assert.equal(response.statusCode, 503)
  t.assert.equal(response.headers['retry-after'], '3')
  t.assert.equal(response.json().detail, 'Come back.')
})

test('gives a problem the phrase of its status as title', async (t) => {
  const app = await startApp(t, { thrown: new ProblemError(412, 'stale', 'Read it again.') })

  const response = await app.inject('/thrown')

  t.assert.equal(response.statusCode, 412)
  t.assert.equal(response.json().title, 'Precondition Failed')
})

test('names the codings that it takes where it refuses one, and takes identity', async (t) => {
  const app = await startApp(t)
  const post = async (coding: string) =>
    app.inject({
      method: 'POST',
      url: '/things',
      payload: valid,
      headers: { 'content-encoding': coding }
    })

  const refusal = await post('gzip')
  t.assert.equal(refusal.statusCode, 415)
  t.assert.equal(refusal.headers['accept-encoding'], 'identity')
  t.assert.equal((await post('Identity')).statusCode, 200)
})

for (const type of ['application/json', 'text/plain', 'nonsense']) {
  for (const framing of ['', 'content-length: 0\r\n']) {
    test(`${type} describes nothing where there is no content, with "${framing.trim()}"`, async (t) => {
      const app = await startApp(t)
      const head = `POST /things/1/press HTTP/1.1\r\nhost: a\r\nconnection: close\r\n`

      const answer = parseAnswer(
        await exchange(app, `${head}content-type: ${type}\r\n${framing}\r\n`)
      )

      t.assert.equal(answer.status, 200, answer.body)
    })
  }
}

test('a chunked body without content is no broken JSON', async (t) => {
  const app = await startApp(t)
  const head = `POST /things/1/press HTTP/1.1\r\nhost: a\r\nconnection: close\r\n`
  const fields = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n'

  const answer = parseAnswer(await exchange(app, `${head}${fields}\r\n0\r\n\r\n`))

  t.assert.equal(answer.status, 200, answer.body)
})

for (const text of ['0x5', '1e1', '%205', '5%20', '+5', '5.0', '05', '', '%0a5']) {
  test(`refuses ?limit=${text}: an integer is written in digits`, async (t) => {
    const app = await startApp(t)

    const response = await app.inject(`/things?limit=${text}`)

    t.assert.equal(response.statusCode, 400)
    t.assert.equal(response.json().errors[0].pointer, '#/query/limit')
  })
}

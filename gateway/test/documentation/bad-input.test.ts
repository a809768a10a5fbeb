import type { RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createDocs } from '../../src/documentation/documentation.ts'
import { answered, documentOf, tableOf } from '../harness/documents/fixture.ts'
import { answerText, startService, textOf } from '../harness/documents/service.ts'
import { servedBy } from '../harness/documents/start-docs.ts'

/** Documentation of `GET /api/a` and `/api/b`, of a service each; the first one's answers can be changed. */
async function startDocs(t: TestContext, answer: RequestListener = answerText(textOf('good'))) {
  const [one, two] = [await startService(t, answer), await startService(t, answerText(other))]
  const table = tableOf({ 'GET /api/a': {}, 'GET /api/b': { to: 'two' } })
  Object.assign(table.services[0] ?? {}, { origin: one.origin })
  Object.assign(table.services[1] ?? {}, { origin: two.origin })
  const logged: string[] = []
  const log = {
    info: () => {},
    error: () => {},
    warn: (_: object, text: string) => logged.push(text)
  }
  const docs = createDocs({ table, log: log as never, pollMs: 60_000, demo: false })
  t.after(docs.stop)
  await docs.refresh()
  return { docs, one, two, logged }
}

const other = JSON.stringify(
  documentOf({ '/b': { get: { operationId: 'b', responses: answered } } })
)

const withPaths = (paths: unknown) => JSON.stringify(documentOf(paths as object))
const dangling = { $ref: '#/components/responses/Gone' }
const bomb = gzipSync(Buffer.alloc(100 * 1024 ** 2, ' '))

/** 100 MB without a length, as fast as the other side takes them. */
const endless: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  let left = 100
  const chunk = Buffer.alloc(1024 ** 2, ' ')
  const write = () => {
    while (left > 0) {
      left -= 1
      if (!response.write(chunk)) return void response.once('drain', write)
    }
    response.end()
  }
  response.on('error', () => {})
  write()
}

const bad: [what: string, answer: RequestListener, pointer: string, fault: RegExp][] = [
  ['an HTML error page', answerText('<html>', { 'content-type': 'text/html' }), '', /text\/html/],
  ['500', answerText('{}', {}, 500), '', /has status 500/],
  ['nothing', answerText(''), '', /is not JSON/],
  ['nobody', (_, response) => void response.destroy(), '', /cannot be fetched/],
  ['100 MB', endless, '', /larger than 16777216 bytes/],
  ['a gzip bomb', answerText(bomb, { 'content-encoding': 'gzip' }), '', /larger than/],
  ['a redirect', answerText('', { location: '/x.json' }, 302), '', /redirect/],
  ['Swagger 2.0', answerText('{"swagger":"2.0","paths":{}}'), '/swagger', /Swagger 2.0/],
  ['paths that are a list', answerText(withPaths([])), '/paths', /is not an object/],
  [
    'an operation that is text',
    answerText(withPaths({ '/a': { get: 'x' } })),
    '/paths/~1a/get',
    /is not an object/
  ],
  [
    'a reference that leads nowhere',
    answerText(withPaths({ '/a': { get: { responses: { 200: dangling } } } })),
    '/paths/~1a/get/responses/200/$ref',
    /leads nowhere/
  ]
]

for (const [what, answer, pointer, fault] of bad) {
  test(`serves what it had where a service gives ${what}, and tells once`, async (t) => {
    const { docs, one, logged } = await startDocs(t)
    const before = servedBy(docs) as { paths: object }
    one.answer = answer

    await docs.refresh('one')
    await docs.refresh('one')

    const { paths, 'x-stale-since': stale } = servedBy(docs)
    t.assert.deepEqual(paths, before.paths)
    t.assert.deepEqual(Object.keys(stale as object), ['one'])
    t.assert.equal(docs.findings().length, 1)
    t.assert.partialDeepStrictEqual(docs.findings()[0], { service: 'one', pointer, level: 'error' })
    t.assert.match(docs.findings()[0]?.message ?? '', fault)
    t.assert.deepEqual(docs.details().documentation, [
      { service: 'one', pointer, message: docs.findings()[0]?.message }
    ])
    t.assert.equal(logged.length, 1)
    t.assert.match(logged[0] ?? '', fault)
  })
}

test('takes what it can of a first document with faults, and the sound one that follows', async (t) => {
  const get = { operationId: 'partly', responses: { ...answered, 404: dangling } }
  const { docs, one } = await startDocs(t, answerText(withPaths({ '/a': { get } })))
  const first = JSON.stringify(servedBy(docs))
  const faults = docs.findings().map(({ pointer }) => pointer)

  one.answer = answerText(textOf('mended'))
  await docs.refresh('one')
  await docs.refresh('one')

  t.assert.match(first, /"operationId":"partly"/)
  t.assert.deepEqual(faults, ['/paths/~1a/get/responses/404/$ref'])
  t.assert.match(JSON.stringify(servedBy(docs)), /"operationId":"mended"/)
  t.assert.deepEqual(docs.findings(), [])
})

test('tells anew of a fault that went away and came back', async (t) => {
  const { docs, one, logged } = await startDocs(t)

  for (const status of [500, 200, 500]) {
    one.answer = answerText(textOf('good'), {}, status)
    await docs.refresh('one')
  }

  t.assert.equal(logged.length, 2)
})

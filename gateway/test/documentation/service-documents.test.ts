import type { RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import { gzipSync, zstdDecompressSync } from 'node:zlib'
import { Agent } from 'undici'
import type { Arrival, Part } from '../../src/documentation/merge-jobs.ts'
import { jobs } from '../../src/documentation/merge-jobs.ts'
import { createSource } from '../../src/documentation/service-documents.ts'
import { answering, combined, documentOf, tableOf } from '../harness/documents/fixture.ts'
import { answerText, startService, textOf } from '../harness/documents/service.ts'

const noon = Date.UTC(2026, 0, 1, 12)

async function startSource(t: TestContext, answer: RequestListener, limits: object = {}) {
  const service = await startService(t, answer)
  const dispatcher = new Agent()
  t.after(async () => dispatcher.destroy())
  const inspected: string[] = []
  const table = tableOf({ 'GET /api/a': {} })
  const source = createSource({
    service: {
      name: 'one',
      origin: service.origin,
      connectMs: 1000,
      responseHeaderBytes: 16384,
      strip: '',
      openapi: '/openapi.json',
      health: null,
      sessions: null
    },
    dispatcher,
    timeoutMs: 1000,
    maxBytes: 5 * 1024 ** 2,
    async inspect(arrival) {
      inspected.push(arrival.name)
      return jobs.inspect({ table, arrival })
    },
    now: () => noon,
    ...limits
  })
  const faults = () => source.findings().map(({ message }) => message)
  return { service, source, inspected, faults }
}

function idOf(source: { current: () => Part | null }) {
  const kept = source.current()
  return kept && /"operationId":"(\w+)"/.exec(zstdDecompressSync(kept.packed).toString())?.[1]
}

test('takes a document, and tells the next time what it has', async (t) => {
  const { service, source } = await startSource(t, answerText(textOf('a'), { etag: '"1"' }))

  const first = await source.refresh()
  service.answer = (_request, response) => response.writeHead(304).end()
  const second = await source.refresh()

  t.assert.deepEqual([first, second], [true, false])
  t.assert.deepEqual(service.asked, ['/openapi.json', '/openapi.json "1"'])
  t.assert.equal(idOf(source), 'a')
})

test('reads a document that comes compressed', async (t) => {
  const gzip = { 'content-encoding': 'gzip' }
  const { source } = await startSource(t, answerText(gzipSync(textOf('a')), gzip))

  await source.refresh()

  t.assert.equal(idOf(source), 'a')
})

test('reads a document into memory that other threads share, so that none of it is copied', async (t) => {
  const shared: boolean[] = []
  const { source } = await startSource(t, answerText(textOf('a')), {
    async inspect(arrival: Arrival) {
      shared.push(arrival.bytes.buffer instanceof SharedArrayBuffer)
      return jobs.inspect({ table: tableOf({ 'GET /api/a': {} }), arrival })
    }
  })

  await source.refresh()

  t.assert.deepEqual(shared, [true])
  t.assert.equal(idOf(source), 'a')
})

const html = { 'content-type': 'text/html' }
const gzip = { 'content-encoding': 'gzip' }
const large = JSON.stringify({ openapi: '3.1.0', paths: {}, 'x-fill': 'x'.repeat(5 * 1024 ** 2) })

const bad: [what: string, answer: RequestListener, reason: RegExp][] = [
  ['an HTML page', answerText('<html></html>', html), /is text\/html. Serve JSON/],
  ['HTML that says it is JSON', answerText('<html></html>'), /is not JSON/],
  ['a redirect', answerText('', { location: '/other.json' }, 302), /is a redirect/],
  ['an error', answerText('{}', {}, 500), /has status 500/],
  ['JSON of another kind', answerText('{"status":"ok"}'), /has no field "openapi"/],
  ['more than 5 MB', answerText(large), /is larger than 5242880 bytes/],
  ['a few bytes that unpack to more', answerText(gzipSync(large), gzip), /is larger than/],
  ['broken gzip', answerText(textOf('b'), gzip), /is not valid gzip/],
  ['another encoding', answerText('x', { 'content-encoding': 'br' }), /is encoded as br/],
  [
    'half an answer',
    (_, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': 9 })
        .write('{', () => response.destroy()),
    /cannot be fetched/
  ],
  ['no answer', (_, response) => void response.destroy(), /cannot be fetched/]
]

for (const [what, answer, reason] of bad) {
  test(`keeps the last good document where it gets ${what}`, async (t) => {
    const { service, source, faults } = await startSource(t, answerText(textOf('a')))
    await source.refresh()
    service.answer = answer

    const changed = [await source.refresh(), await source.refresh()]

    t.assert.deepEqual(changed, [true, false])
    t.assert.equal(idOf(source), 'a')
    t.assert.equal(source.current()?.staleSince, '2026-01-01T12:00:00.000Z')
    t.assert.equal(faults().length, 1)
    t.assert.match(faults()[0] ?? '', reason)
    t.assert.equal(
      service.asked.some((url) => url.startsWith('/other')),
      false
    )
  })
}

test('gives up on an answer that does not end in time', async (t) => {
  const slow: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{')
  }
  const { source, faults } = await startSource(t, slow, { timeoutMs: 100 })

  await source.refresh()

  t.assert.equal(source.current(), null)
  t.assert.match(faults()[0] ?? '', /does not arrive in time/)
})

test('takes a document of nearly 5 MB', async (t) => {
  const paths = {
    '/a': { get: { operationId: 'a', description: 'x'.repeat(5_200_000), responses: {} } }
  }
  const { source } = await startSource(t, answerText(JSON.stringify({ openapi: '3.1.0', paths })))

  await source.refresh()

  t.assert.equal(idOf(source), 'a')
})

test('is fresh again when the service is back, with what it has now', async (t) => {
  const { service, source } = await startSource(t, answerText(textOf('a')))
  await source.refresh()
  service.answer = answerText('', {}, 503)
  await source.refresh()
  service.answer = answerText(textOf('b'))

  const changed = await source.refresh()

  t.assert.equal(changed, true)
  t.assert.equal(source.current()?.staleSince, undefined)
  t.assert.equal(idOf(source), 'b')
})

test('does not waver while two versions answer by turns', async (t) => {
  const { service, source } = await startSource(t, answerText(textOf('a')))
  await source.refresh()
  const seen: unknown[] = []

  for (const version of ['b', 'a', 'b', 'a', 'b', 'b']) {
    service.answer = answerText(textOf(version))
    await source.refresh()
    seen.push(idOf(source))
  }

  t.assert.deepEqual(seen, ['a', 'a', 'a', 'a', 'a', 'b'])
})

test('inspects a document that costs too much once, and not again while it is the same', async (t) => {
  let count = 0
  const inspect = async () => {
    count += 1
    throw new Error('takes more than 30 s')
  }
  const { source, faults } = await startSource(t, answerText(textOf('a')), { inspect })

  for (let round = 0; round < 5; round += 1) await source.refresh()

  t.assert.equal(count, 1)
  t.assert.deepEqual(faults(), ['takes more than 30 s'])
})

test('leaves a pause after an inspection, of twenty times what it took', async (t) => {
  let at = noon
  let count = 0
  const inspect = async () => {
    count += 1
    return { packed: null, findings: [], version: null, cpuMs: 1000 }
  }
  const { service, source } = await startSource(t, answerText(textOf('a')), {
    inspect,
    now: () => at
  })

  for (let round = 0; round < 1800; round += 1) {
    service.answer = answerText(textOf(`a${round}`))
    await source.refresh()
    at += 2000
  }

  t.assert.equal(count, 180)
})

test('takes the newest of documents that are never the same twice, and reports it', async (t) => {
  const { service, source, faults } = await startSource(t, answerText(textOf('a')))
  const seen: unknown[] = []

  for (const version of ['a', 'b', 'c', 'd', 'e']) {
    service.answer = answerText(textOf(version))
    await source.refresh()
    seen.push(idOf(source))
  }

  t.assert.deepEqual(seen, ['a', 'a', 'a', 'd', 'e'])
  t.assert.deepEqual(faults(), [
    'The document differs each time it is read; the newest is shown. Serve the same text until it changes.'
  ])
})

const yaml = `openapi: 3.1.0
info: { title: T, version: '1' }
paths: { /a: { get: { operationId: a, responses: { 200: { description: Done. } } } } }
`

for (const type of [
  'application/yaml',
  'text/x-yaml',
  'application/vnd.oai.openapi+yaml',
  'text/plain'
]) {
  test(`takes a document in YAML, as ${type}`, async (t) => {
    const { source, faults } = await startSource(t, answerText(yaml, { 'content-type': type }))

    await source.refresh()

    t.assert.deepEqual(faults(), [])
    t.assert.equal(idOf(source), 'a')
  })
}

test('takes JSON of a media type that says nothing', async (t) => {
  const headers = { 'content-type': 'application/octet-stream' }
  const { source } = await startSource(t, answerText(textOf('a'), headers))

  await source.refresh()

  t.assert.equal(idOf(source), 'a')
})

test('refuses YAML whose aliases would fill the memory', async (t) => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (const [at, name] of [...'bcdefghij'].entries()) {
    const before = 'abcdefghij'[at]
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`)}]`)
  }
  const headers = { 'content-type': 'application/yaml' }
  const { source, faults } = await startSource(t, answerText(bomb.join('\n'), headers))

  await source.refresh()

  t.assert.deepEqual(faults(), ['The document is neither JSON nor YAML. Correct it.'])
})

test('takes in files beside the document, from the same service alone', async (t) => {
  const answers: Record<string, string> = {
    '/openapi.json': JSON.stringify(
      documentOf({
        '/a': {
          get: {
            operationId: 'a',
            responses: answering({
              anyOf: [
                { $ref: './parts/user.yaml#/User' },
                { $ref: 'http://elsewhere.invalid/x.json' },
                { $ref: 'gone.json' }
              ]
            })
          }
        }
      })
    ),
    '/parts/user.yaml': 'User: { properties: { id: { $ref: "id.json" }, a: { $ref: "#/User" } } }',
    '/parts/id.json': '{"type":"integer"}'
  }
  const answer: RequestListener = ({ url = '' }, response) => {
    const type = url.endsWith('yaml') ? 'application/yaml' : 'application/json'
    const text = answers[url]
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': type }).end(text)
  }
  const { source, faults } = await startSource(t, answer)

  await source.refresh()
  answers['/parts/id.json'] = '{"type":"boolean"}'
  const changed = [await source.refresh(), await source.refresh(), await source.refresh()]

  t.assert.deepEqual(changed, [false, true, false])
  t.assert.deepEqual(new Set(faults()), new Set())
  const kept = source.current()
  const document: unknown = kept && JSON.parse(zstdDecompressSync(kept.packed).toString())
  const { document: merged } = combined(tableOf({ 'GET /api/a': {} }), { one: document })
  t.assert.deepEqual(merged.components.schemas?.User?.properties, {
    id: { $ref: '#/components/schemas/id' },
    a: { $ref: '#/components/schemas/User' }
  })
  t.assert.equal(merged.components.schemas?.id?.type, 'boolean')
})

import { test } from 'node:test'
import { parse } from 'yaml'
import { createBuilder } from '../../src/documentation/documentation.ts'
import { tableOf } from '../harness/documents/fixture.ts'
import { answerText, textOf } from '../harness/documents/service.ts'
import { servedBy, startDocs } from '../harness/documents/start-docs.ts'

const idIn = (document: { paths: Record<string, { get: { operationId: string } }> }) =>
  document.paths['/api/a']?.get.operationId

test('serves what the table knows before any service has answered', async (t) => {
  const { app, service } = await startDocs(t)
  service.answer = () => {}

  const response = await app.inject('/openapi.json')

  t.assert.equal(response.statusCode, 200)
  t.assert.match(String(response.headers['content-type']), /^application\/json/)
  t.assert.equal(response.headers['cache-control'], 'no-cache')
  t.assert.equal(idIn(response.json()), 'getA')
})

test('takes in what a service says, and tells once of what does not fit', async (t) => {
  const { app, docs, warned } = await startDocs(t)

  await docs.refresh()
  await docs.refresh('one')
  const response = await app.inject('/openapi.json')

  t.assert.equal(response.statusCode, 200)
  t.assert.equal(idIn(response.json()), 'readA')
  t.assert.deepEqual(warned, [
    {
      upstream: 'one',
      pointer: '/paths',
      message:
        'The route POST /api/login reaches no operation of the document. Describe the operation or correct the route.',
      severity: 'drift'
    }
  ])
})

test('keeps a service’s part while it is away, and says since when', async (t) => {
  const { app, docs, service } = await startDocs(t)
  await docs.refresh()
  await service.close()

  await docs.refresh()
  const response = await app.inject('/openapi.json')

  t.assert.equal(response.statusCode, 200)
  t.assert.equal(idIn(response.json()), 'readA')
  t.assert.match(response.json()['x-stale-since'].one, /^\d{4}-/)
})

test('polls by itself until it is closed', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { app, service } = await startDocs(t, { pollMs: 5 })
  service.answer = (request, response) => {
    if (service.asked.length === 3) resolve()
    answerText(textOf('readA'))(request, response)
  }

  await app.ready()
  await promise
  await app.close()

  t.assert.equal(service.asked.length >= 3, true)
})

for (const path of ['/openapi.json', '/openapi.yaml']) {
  test(`answers 304 to a client that has ${path} already`, async (t) => {
    const { app } = await startDocs(t)
    const { etag } = (await app.inject(path)).headers

    const known = await app.inject({ url: path, headers: { 'if-none-match': `"x", W/${etag}` } })
    const other = await app.inject({ url: path, headers: { 'if-none-match': '"x"' } })

    t.assert.match(String(etag), /^"[\w-]{27}"$/)
    t.assert.equal(known.statusCode, 304)
    t.assert.equal(known.body, '')
    t.assert.equal(other.statusCode, 200)
  })
}

test('gives another etag for another document', async (t) => {
  const { app, docs } = await startDocs(t)
  const before = docs.current().json.etag

  await docs.refresh()
  const response = await app.inject({ url: '/openapi.json', headers: { 'if-none-match': before } })

  t.assert.equal(response.statusCode, 200)
  t.assert.notEqual(response.headers.etag, before)
})

test('says the same in YAML as in JSON', async (t) => {
  const { app, docs } = await startDocs(t)
  await docs.refresh()

  const response = await app.inject('/openapi.yaml')

  t.assert.equal(response.statusCode, 200)
  t.assert.match(String(response.headers['content-type']), /^application\/yaml/)
  t.assert.deepEqual(parse(response.body), servedBy(docs))
})

test('K12 shows /docs from its own host, with nothing inline', async (t) => {
  const { app } = await startDocs(t)

  const response = await app.inject('/docs')

  const assets = [...response.body.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, url = '']) => url)
  const statuses = await Promise.all(assets.map(async (url) => (await app.inject(url)).statusCode))
  t.assert.equal(response.statusCode, 200)
  t.assert.match(
    String(response.headers['content-security-policy']),
    /default-src 'none'.*script-src 'self'/
  )
  t.assert.doesNotMatch(String(response.headers['content-security-policy']), /unsafe|https?:/)
  t.assert.doesNotMatch(response.body, /<style|style=|<script>|https?:/)
  t.assert.equal(assets.length >= 6, true)
  t.assert.deepEqual(new Set(statuses), new Set([200]))
})

test('tells a newcomer how to sign in, with the demo accounts only where they exist', async (t) => {
  const [demo, other] = [await startDocs(t), await startDocs(t, { demo: false })]

  const texts = [demo, other].map(({ docs }) => JSON.stringify(servedBy(docs).info))

  t.assert.match(texts[0] ?? '', /POST \/api\/login.*`admin` with password `a`/)
  t.assert.match(texts[1] ?? '', /POST \/api\/login.*your username and password/)
})

test('K24 serves no documentation where it is switched off', async (t) => {
  const { app, service } = await startDocs(t, { enabled: false })

  const paths = ['/docs', '/docs/', '/docs/json', '/openapi.json', '/openapi.yaml']
  const statuses = await Promise.all(paths.map(async (url) => (await app.inject(url)).statusCode))

  t.assert.deepEqual(statuses, [404, 404, 404, 404, 404])
  t.assert.deepEqual(service.asked, [])
})

test('closes without waiting for a service that does not answer', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { app, service, warned } = await startDocs(t)
  service.answer = () => resolve()
  await app.ready()
  await promise
  const before = performance.now()

  await app.close()

  t.assert.equal(performance.now() - before < 1000, true)
  t.assert.deepEqual(warned, [])
})

test('writes YAML that readers of 1.1 read as it is meant', async (t) => {
  const { app, docs, service } = await startDocs(t)
  const strange = ['=', '<<', 'a\u2028b', 'a\u0085b', '\u007f', 'no', '1:20', '\ufeffa', '=\u2029']
  const get = { operationId: 'a', 'x-strange': strange, responses: { 200: { description: '' } } }
  const document = {
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    paths: { '/a': { get } }
  }
  service.answer = answerText(JSON.stringify(document))
  await docs.refresh()

  const { body } = await app.inject('/openapi.yaml')

  for (const version of ['1.1', '1.2'] as const) {
    const read = parse(body, { version }) as { paths: Record<string, { get: object }> }
    t.assert.deepEqual(
      (read.paths['/api/a'] as { get: Record<string, unknown> }).get['x-strange'],
      strange,
      version
    )
  }
  t.assert.doesNotMatch(body, /[\u007f-\u009f\u2028\u2029\ufeff]|: =$|- =$|- <<$/m)
})

test('keeps integers that a double cannot hold', async (t) => {
  const { app, docs, service } = await startDocs(t)
  const schema = '{"type":"integer","maximum":9223372036854775807,"example":-9007199254740993}'
  const text = `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"","content":{"application/json":{"schema":${schema}}}}}}}}}`
  service.answer = answerText(text)
  await docs.refresh()

  const [json, yaml] = [await app.inject('/openapi.json'), await app.inject('/openapi.yaml')]

  t.assert.deepEqual(
    docs.findings().filter(({ level }) => level !== 'drift'),
    []
  )
  for (const { body } of [json, yaml]) {
    t.assert.match(body, /maximum"?: ?9223372036854775807/)
    t.assert.match(body, /example"?: ?-9007199254740993/)
  }
})

test('reports a build that failed among the findings, and does not try it again at once', async (t) => {
  let at = Date.UTC(2026, 0, 1)
  const errors: object[] = []
  const log = { error: (fields: object) => errors.push(fields) }
  let runs = 0
  const worker = {
    async run() {
      runs += 1
      throw new Error('needs over 160 MB of memory')
    }
  }
  const table = tableOf({ 'GET /api/a': {} })
  const builder = createBuilder({
    table,
    options: { title: 'T' },
    worker: worker as never,
    log: log as never,
    now: () => at
  })

  for (let round = 0; round < 1800; round += 1) {
    await builder.build([])
    at += 2000
  }

  t.assert.equal(runs, 6)
  t.assert.equal(errors.length, 6)
  t.assert.match(builder.findings()[0]?.message ?? '', /cannot be built.*160 MB/)
})

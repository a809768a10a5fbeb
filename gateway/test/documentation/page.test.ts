import { type TestContext, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { tableOf } from '../harness/documents/fixture.ts'
import { answerText, textOf } from '../harness/documents/service.ts'
import { startDocs } from '../harness/documents/start-docs.ts'

const unpack = { br: brotliDecompressSync, gzip: gunzipSync }

for (const url of ['/docs', '/openapi.json', '/openapi.yaml']) {
  for (const coding of ['br', 'gzip'] as const) {
    test(`${url} is the same page in ${coding}, under an etag of its own`, async (t: TestContext) => {
      const { app, docs } = await startDocs(t)
      await app.ready()
      await docs.refresh()
      const plain = await app.inject(url)
      const packed = await app.inject({ url, headers: { 'accept-encoding': coding } })

      const etag = String(packed.headers.etag)
      const known = { 'accept-encoding': coding, 'if-none-match': etag }
      const again = await app.inject({ url, headers: known })
      const other = await app.inject({ url, headers: { 'if-none-match': etag } })

      t.assert.equal(packed.statusCode, 200)
      t.assert.equal(packed.headers['content-encoding'], coding)
      t.assert.equal(packed.headers.vary, 'accept-encoding')
      t.assert.equal(plain.headers.vary, 'accept-encoding')
      t.assert.notEqual(etag, plain.headers.etag)
      t.assert.equal(unpack[coding](packed.rawPayload).toString(), plain.body)
      t.assert.equal(again.statusCode, 304)
      t.assert.equal(again.headers.etag, etag)
      t.assert.equal(other.statusCode, 304)
    })
  }
}

const assetsIn = (html: string) =>
  [...html.matchAll(/(?:src|href)="(\/docs\/assets\/[^"]+)"/g)].map(([, url = '']) => url)

test('what the page loads may be kept for good, under the name of its version', async (t: TestContext) => {
  const { app } = await startDocs(t)
  const { body } = await app.inject('/docs')
  const [asset = ''] = assetsIn(body).filter((url) => url.endsWith('swagger-ui-bundle.js'))

  const kept = await app.inject({ url: asset, headers: { 'accept-encoding': 'gzip, br' } })
  const old = await app.inject(asset.replace(/assets\/[^/]+/, 'assets/older'))
  const unknown = await app.inject(asset.replace('bundle', 'bungle'))
  const outside = await app.inject(asset.replace('swagger-ui-bundle.js', '..%2Fpage.ts'))

  t.assert.equal(kept.statusCode, 200)
  t.assert.equal(kept.headers['cache-control'], 'public, max-age=31536000, immutable')
  t.assert.ok(kept.rawPayload.length < 500_000)
  t.assert.equal(old.statusCode, 200)
  t.assert.equal(old.headers['cache-control'], 'no-cache')
  t.assert.deepEqual([unknown.statusCode, outside.statusCode], [404, 404])
})

test('each script that the page’s scripts import is there', async (t: TestContext) => {
  const { app } = await startDocs(t)
  const { body } = await app.inject('/docs')
  const scripts = assetsIn(body).filter((url) => url.endsWith('.js') && !url.includes('bundle'))

  const texts = await Promise.all(scripts.map(async (url) => (await app.inject(url)).body))
  const imported = texts.flatMap((text) =>
    [...text.matchAll(/from '\.\/([\w-]+\.js)'/g)].map(([, name]) => name)
  )
  const served = scripts.map((url) => url.split('/').at(-1))

  t.assert.ok(imported.length > 5)
  t.assert.deepEqual(
    imported.filter((name) => !served.includes(name)),
    []
  )
})

test('has buttons for the demo accounts only where they exist, and always a form', async (t: TestContext) => {
  const [demo, other] = [await startDocs(t), await startDocs(t, { demo: false })]

  const pages = await Promise.all([demo, other].map(async ({ app }) => app.inject('/docs')))

  const [first = '', second = ''] = pages.map(({ body }) => body)
  t.assert.match(first, /data-username="admin" data-password="a"/)
  t.assert.match(first, /data-login="\/api\/login"/)
  t.assert.doesNotMatch(second, /data-username|data-password/)
  for (const page of [first, second]) t.assert.match(page, /<form id="log-in">/)
})

test('logs out by the line that ends the caller’s own session', async (t: TestContext) => {
  const table = tableOf({
    'POST /api/token/refresh': { allow: ['public'], revoke: 'any' },
    'POST /api/logout': { revoke: 'session' }
  })
  const { app } = await startDocs(t, { table })

  const { statusCode, body } = await app.inject('/docs')

  t.assert.equal(statusCode, 200)
  t.assert.match(body, /data-logout="\/api\/logout"/)
})

test('offers no log-in where the table has none', async (t: TestContext) => {
  const { app } = await startDocs(t, { table: tableOf({ 'GET /api/a': {} }) })

  const { statusCode, body } = await app.inject('/docs')

  t.assert.equal(statusCode, 200)
  t.assert.doesNotMatch(body, /<form|data-username/)
  t.assert.match(body, /id="authorize"/)
})

test('tells when each service’s part was read, and since when it could not be', async (t: TestContext) => {
  const { app, docs, service } = await startDocs(t)
  const parts = async () => (await app.inject('/docs/parts')).json().parts

  const before = await parts()
  await docs.refresh()
  const read = await parts()
  service.answer = answerText(textOf('readA'), {}, 500)
  await docs.refresh()
  const stale = await parts()

  t.assert.deepEqual(before, [{ name: 'one', version: null, read_at: null, stale_since: null }])
  t.assert.equal(read[0].version, '1')
  t.assert.match(read[0].read_at, /^\d{4}-.*Z$/)
  t.assert.equal(read[0].stale_since, null)
  t.assert.equal(stale[0].read_at, read[0].read_at)
  t.assert.match(stale[0].stale_since, /^\d{4}-.*Z$/)
})

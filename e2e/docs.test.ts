import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { baseUrl } from './base-url.ts'
import { call, type Json } from './client.ts'
import { readTable } from './table.ts'

const table = readTable()
const methods = ['get', 'put', 'post', 'patch', 'delete']

function operationsOf(document: Json): Map<string, Json> {
  const paths = Object.entries(document.paths ?? {})
  return new Map(
    paths.flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => methods.includes(method))
        .map(
          ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation as Json] as const
        )
    )
  )
}

/** Whether a service has said what comes of an operation; the table alone knows only how it may be refused. */
const isDescribed = ({ responses }: Json) =>
  Object.keys(responses ?? {}).some((status) => /^[123]/.test(status))

/** The document, once every service's part is in it; it is built from what they answer, beside the requests. */
async function wholeDocument(): Promise<Json> {
  const signal = AbortSignal.timeout(10_000)
  for (;;) {
    const { status, body } = await call('GET', '/openapi.json')
    assert.equal(status, 200)
    const open = [...operationsOf(body)].filter(([, operation]) => !isDescribed(operation))
    if (open.length === 0) return body
    assert.ok(!signal.aborted, `no service describes ${open.map(([name]) => name).join(', ')}`)
    await delay(200)
  }
}

const document = await wholeDocument()

test('the document has every line of the table, and no other operation of the API', () => {
  const lines = table.map(({ name }) => name.replace(/:(\w+)/g, '{$1}'))
  const found = [...operationsOf(document).keys()].filter((name) => name.includes(' /api/'))

  assert.deepEqual(found.sort(), lines.sort())
})

test('the document says who may ask: nobody in particular, or who has a token', () => {
  const operations = operationsOf(document)
  for (const { name, allow } of table) {
    const operation = operations.get(name.replace(/:(\w+)/g, '{$1}'))
    const expected = allow.includes('public') ? [{}] : [{ bearerAuth: [] }]
    assert.deepEqual(operation?.security, expected, name)
  }
})

test('K25 the document names no internal header, host or path', () => {
  const text = JSON.stringify(document)
  const internal = [
    'request-user-id',
    'request-user-type',
    'request-signature',
    'http://users',
    'http://orders',
    '"/sessions',
    'postgres'
  ]

  assert.equal(String(document.openapi).slice(0, 3), '3.1')
  assert.deepEqual(
    internal.filter((word) => text.includes(word)),
    []
  )
})

test('the document has no reference that leads nowhere', () => {
  const text = JSON.stringify(document)
  const pointers = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer]) => pointer ?? '')

  assert.ok(pointers.length > 0)
  for (const pointer of new Set(pointers)) {
    const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    const found = steps.reduce<Json | undefined>((at, step) => at?.[step], document)
    assert.ok(found, pointer)
  }
})

test('the document names the server that the client asked', () => {
  const [server] = Object.values(document.servers ?? {})

  assert.equal(new URL(String(server?.url), baseUrl).origin, new URL(baseUrl).origin)
})

test('the document can be had as YAML, and need not be read twice', async () => {
  const yaml = await call('GET', '/openapi.yaml')
  const { headers } = await call('GET', '/openapi.json')
  const known = { 'if-none-match': headers.get('etag') ?? '' }
  const again = await call('GET', '/openapi.json', { headers: known })

  assert.equal(yaml.status, 200)
  assert.match(yaml.text, /^openapi: ["']?3\.1/m)
  assert.equal(again.status, 304)
})

test('K12 the documentation page and all it loads come from here, under a strict policy', async () => {
  const first = await call('GET', '/docs')
  const page =
    first.status === 200 ? first : await call('GET', first.headers.get('location') ?? '/docs/')

  assert.equal(page.status, 200)
  const policy = page.headers.get('content-security-policy') ?? ''
  const scripts =
    /script-src ([^;]+)/.exec(policy)?.[1] ?? /default-src ([^;]+)/.exec(policy)?.[1] ?? ''
  assert.match(scripts, /'self'|'nonce-|'sha256-/)
  assert.doesNotMatch(scripts, /unsafe|https?:|\*/)
  assert.match(policy, /object-src 'none'|default-src 'none'/)
  const assets = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, url]) => url ?? '')
  assert.ok(assets.length > 0)
  for (const asset of assets) {
    const url = new URL(asset, `${baseUrl}/docs/`)
    assert.equal(url.origin, new URL(baseUrl).origin, asset)
    assert.equal((await call('GET', url.pathname)).status, 200, asset)
  }
})

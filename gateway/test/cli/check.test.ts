import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runCommand } from '../harness/command.ts'
import { documentOf } from '../harness/documents/fixture.ts'
import { answerText, startService } from '../harness/documents/service.ts'
import { writeTable } from '../harness/gateway.ts'
import { quietPort } from '../harness/quiet-port.ts'

const gatewayFolder = join(import.meta.dirname, '../..')
const table = await readFile(join(gatewayFolder, 'gateway.yml'), 'utf8')
type Document = { components: { schemas: Record<string, { properties: Record<string, object> }> } }

/** The project's table, changed, beside copies of its snapshots. */
async function copyOf(t: TestContext, change: (text: string) => string = (text) => text) {
  const file = await writeTable(t, change(table))
  const folder = join(dirname(file), 'snapshots')
  await cp(join(gatewayFolder, 'snapshots'), folder, { recursive: true })
  return { file, folder }
}

const replaced = (from: string, to: string) => (text: string) => {
  assert.ok(text.includes(from), from)
  return text.replace(from, to)
}

test('finds nothing that breaks in the project itself', async () => {
  const { code, out } = await runCommand(['check'])

  assert.equal(code, 0, out)
  assert.match(out, /^\d+ routes to 2 services/)
  assert.match(out, /0 that break, 0 warnings/)
})

test('fails on a route without an operation, and names line and pointer', async (t) => {
  const { file } = await copyOf(t, replaced('/sessions/refresh', '/session/refresh'))

  const { code, out } = await runCommand(['check', file])

  assert.equal(code, 1)
  assert.match(out, /breaking {2}POST \/api\/token\/refresh: .*did you mean \/sessions\/refresh/)
  assert.match(out, /\[gateway\.yml:\d+\]/)
  assert.match(out, /\[users#\/paths\]/)
})

test('fails on a route that allows fewer callers than its snapshot', async (t) => {
  const { file } = await copyOf(t, replaced('[admin, owner], owner: id', 'admin'))

  const { code, out } = await runCommand(['check', file, '--json'])

  assert.equal(code, 1)
  const { breaking, findings } = JSON.parse(out)
  assert.equal(breaking, 1)
  const { rule, subjects, sides } = findings[0]
  assert.deepEqual([rule, subjects], ['allow-narrowed', ['GET /api/users/{id}']])
  assert.deepEqual(
    sides.map(({ name, says, at }: Record<string, string>) => [name, says, at]),
    [
      [
        'before',
        'admin, owner',
        'snapshots/openapi.json#/paths/~1api~1users~1{id}/get/x-gateway/allow'
      ],
      ['now', 'admin', '/openapi.json#/paths/~1api~1users~1{id}/get/x-gateway/allow']
    ]
  )
})

test('fails on a service whose answer lost a field, and not on one that gained one', async (t) => {
  const { file, folder } = await copyOf(t)
  const orders = join(folder, 'orders.json')
  const change = async (edit: (properties: Record<string, object>) => void) => {
    const document: Document = JSON.parse(await readFile(orders, 'utf8'))
    edit(document.components.schemas.Order?.properties ?? {})
    await writeFile(orders, JSON.stringify(document))
    return runCommand(['check', file])
  }

  const gained = await change((properties) => {
    properties.colour = { type: 'string', maxLength: 20 }
  })
  const lost = await change((properties) => {
    delete properties.address
  })

  assert.equal(gained.code, 0, gained.out)
  assert.equal(lost.code, 1)
  assert.match(lost.out, /Order\.address is gone, in answers/)
})

test('asks the services that run, and says which of them does not answer', async (t) => {
  const paths = { '/a': { get: { responses: { 200: { description: 'Done.' } } } } }
  const one = await startService(t, answerText(JSON.stringify(documentOf(paths))))
  const two = await startService(t, answerText('<html>', { 'content-type': 'text/html' }))
  const line = (url: string) => `{ url: "${url}", openapi: /openapi.json }`
  const text = `services: { one: ${line(one.origin)}, two: ${line(two.origin)} }
routes:
  GET /a: { to: one, allow: user }
  GET /b: { to: one, allow: user }
  GET /c: { to: two, allow: user }
`
  const file = await writeTable(t, text)

  const { code, out } = await runCommand(['check', file, '--running'])

  assert.equal(code, 1)
  assert.match(out, /breaking {2}two: The response is text\/html\. Serve JSON/)
  assert.match(out, /breaking {2}GET \/b: one has no such operation/)
  assert.doesNotMatch(out, /GET \/[ac]:/)
})

test('asks the services that run, and says which of them is not there', async (t) => {
  const away = `http://127.0.0.1:${await quietPort()}`
  const text = `services: { one: { url: "${away}", openapi: /openapi.json } }
routes:
  GET /a: { to: one, allow: user }
`
  const file = await writeTable(t, text)

  const { code, out } = await runCommand(['check', file, '--running'])

  assert.equal(code, 1)
  assert.match(out, /one: The document cannot be fetched \(ECONNREFUSED\)/)
})

/** [what a service answers, how, what is told of it] */
const answers: [string, Parameters<typeof answerText>, RegExp][] = [
  ['500', ['{}', {}, 500], /one: The response has status 500/],
  ['nothing', ['', {}, 204], /one: The response has status 204/],
  ['what is no JSON', ['{'], /one: The document is not JSON/],
  ['what is no document', ['[]'], /one: The document is not a JSON object/],
  ['too much', [' '.repeat(17 * 1024 ** 2)], /one: The document is larger than 16777216 bytes/],
  [
    'a document with a fault',
    [JSON.stringify(documentOf({ '/a': { get: { parameters: {}, responses: {} } } }))],
    /one: The value is not a list[\s\S]*\[one#\/paths\/~1a\/get\/parameters\]/
  ]
]
for (const [what, answer, words] of answers)
  test(`tells of a service that answers ${what}`, async (t) => {
    const { origin } = await startService(t, answerText(...answer))
    const service = `{ one: { url: "${origin}", openapi: /openapi.json } }`
    const text = `services: ${service}\nroutes:\n  GET /a: { to: one, allow: user }\n`

    const { code, out } = await runCommand(['check', await writeTable(t, text), '--running'])

    assert.equal(code, 1)
    assert.match(out, words)
  })

test('says so where there is nothing to compare with', async (t) => {
  const file = await writeTable(t, table)

  const { code, out } = await runCommand(['check', file])

  assert.equal(code, 0)
  assert.match(out, /There are no snapshots in .*npm run generate/)
})

for (const [what, args, told] of [
  ['an unknown option', ['--runing'], /Unknown option '--runing'.*npm run gateway -- check/s],
  ['two tables', ['a.yml', 'b.yml'], /One table at a time/]
] as const)
  test(`refuses ${what}, and shows how it is called`, async () => {
    const { code, err } = await runCommand(['check', ...args])

    assert.equal(code, 1)
    assert.match(err, told)
    assert.match(err, /Example: npm run gateway -- check/)
    assert.doesNotMatch(err, /\.ts:\d+/)
  })

test('tells of a snapshot that is missing or broken', async (t) => {
  const { file, folder } = await copyOf(t)
  await writeFile(join(folder, 'users.json'), '{')

  const broken = await runCommand(['check', file])

  assert.equal(broken.code, 1)
  assert.match(broken.err, /users\.json is not JSON; npm run generate/)
})

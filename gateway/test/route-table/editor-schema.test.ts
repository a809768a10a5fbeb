import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { editorSchema } from '../../src/route-table/editor-schema.ts'
import { loadTable } from '../../src/route-table/load.ts'

const folder = join(import.meta.dirname, '../..')
const table = loadTable(join(folder, 'gateway.yml'), {})
const yaml = readFileSync(join(folder, 'gateway.yml'), 'utf8')
const schema = JSON.parse(readFileSync(join(folder, 'gateway.schema.json'), 'utf8'))
const valid = new Ajv2020({ allErrors: true }).compile(schema)

/** What an editor says of a table, with variables as they are written. */
function said(text: string): string[] {
  valid(parse(text))
  return (valid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** The values that an editor offers for a key of a route. */
function offered(key: 'to' | 'allow'): unknown[] {
  const [route] = Object.values(schema.properties.routes.patternProperties)
  const { anyOf } = (route as { properties: Record<string, { anyOf: { enum?: unknown[] }[] }> })
    .properties[key] as { anyOf: { enum?: unknown[] }[] }
  return anyOf.flatMap((form) => form.enum ?? [])
}

test('gateway.schema.json is what the loader checks, with the names of gateway.yml', () => {
  const expected = JSON.parse(JSON.stringify(editorSchema(table)))

  assert.deepEqual(schema, expected, 'npm run generate')
})

test('an editor finds nothing wrong with the table as it is shipped', () => {
  assert.deepEqual(said(yaml), [])
})

const services = 'services: { users: { url: "http://users:1" } }\n'
for (const [what, text] of [
  ['a URL', `services: { users: { url: "\${URL}" } }\nroutes: {}`],
  [
    'a URL in parts',
    `services: { users: { url: "http://\${HOST:-users}:\${PORT:-1}" } }\nroutes: {}`
  ],
  ['a time', `${services}defaults: { timeout: "\${TIMEOUT:-10s}" }\nroutes: {}`],
  ['a size and a rate', `${services}defaults: { body: "\${B}", rate: "\${R}" }\nroutes: {}`],
  ['an origin', `${services}cors: { origins: ["\${APP:-https://app.example}"] }\nroutes: {}`],
  ['a service and who may', `${services}routes: { GET /a: { to: "\${TO}", allow: ["\${WHO}"] } }`],
  ['a word of a list', `${services}routes: { GET /a: { to: users, allow: user, stream: "\${S}" } }`]
] as const) {
  test(`an editor takes a variable for ${what}`, () => {
    assert.deepEqual(said(text), [])
  })
}

for (const [what, text] of [
  ['an unknown key', `${services}routes: { GET /a: { to: users, alow: user } }`],
  ['a bad time', `${services}defaults: { timeout: 10 sec }\nroutes: {}`],
  ['a bad word', `${services}routes: { GET /a: { to: users, allow: Admin } }`],
  ['a URL without a scheme', 'services: { users: { url: users } }\nroutes: {}']
] as const) {
  test(`an editor still marks ${what}`, () => {
    assert.notDeepEqual(said(text), [])
  })
}

test('an editor offers the services and who may be allowed', () => {
  assert.deepEqual(offered('to'), ['users', 'orders'])
  assert.deepEqual(offered('allow'), ['public', 'user', 'owner', 'admin', 'default'])
})

test('an editor takes a service that the schema does not know yet', () => {
  const added = yaml
    .replace('services:\n', 'services:\n  payments: { url: "http://payments:1" }\n')
    .replace('routes:\n', 'routes:\n  GET /pay: { to: payments, allow: clerk }\n')

  assert.deepEqual(said(added), [])
})

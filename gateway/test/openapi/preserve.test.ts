import { test } from 'node:test'
import fc from 'fast-check'
import { merge } from '../../src/openapi/merge.ts'
import { documentOf, tableOf } from '../harness/documents/fixture.ts'
import { components, schemas, value } from '../harness/documents/random-schema.ts'
import { bodiesOf, compilerOf } from '../harness/documents/verdicts.ts'

const table = tableOf({ 'POST /api/a': {}, 'POST /api/b': { to: 'two' } })

const media = (schema: unknown) => ({ 'application/json': { schema } })

/** As it comes out of JSON: fast-check's objects have no prototype, which Ajv does not expect. */
const parsed = <T>(written: T): T => JSON.parse(JSON.stringify(written))

/** A service with one operation, whose body and answer have these schemas. */
function service(version: '3.0' | '3.1', path: string) {
  const parts = { body: schemas(version), answer: schemas(version), named: components(version) }
  return fc.record(parts).map(({ body, answer, named }) => {
    const responses = { 200: { description: '', content: media(answer) } }
    const post = { requestBody: { content: media(body) }, responses }
    const referred = path === '/a' ? {} : { '/a': { post } }
    return parsed(
      documentOf(
        { ...referred, [path]: { post } },
        { openapi: `${version}.0`, components: { schemas: named } }
      )
    )
  })
}

/** Whether every body of an operation gets the same verdicts before and after; tells the first that does not. */
function differenceOf(before: object, after: object, path: string, values: readonly unknown[]) {
  const [own, merged] = [before, after] as Record<string, unknown>[]
  const [check, checkMerged] = [compilerOf(own ?? {}), compilerOf(merged ?? {})]
  const published = bodiesOf(merged ?? {}, `/api${path}`, 'post')
  for (const [name, pointer] of bodiesOf(own ?? {}, path, 'post')) {
    const [one, other] = [check(pointer), checkMerged(published.get(name) ?? '#/gone')]
    const differing = values.find((sample) => {
      const [verdict, merged] = [one(sample), other(sample)]
      return verdict !== null && merged !== null && verdict !== merged
    })
    if (differing !== undefined) return `${name} ${JSON.stringify(differing)}`
  }
  return null
}

for (const [one, two] of [
  ['3.0', '3.1'],
  ['3.1', '3.0'],
  ['3.1', '3.1']
] as const) {
  test(`keeps what schemas of ${one} accept, beside a service that says ${two}`, () => {
    const values = fc.array(value, { minLength: 30, maxLength: 30 }).map(parsed)
    const property = fc.property(
      service(one, '/a'),
      service(two, '/b'),
      values,
      (a, b, samples) => {
        const sources = new Map([
          ['one', { document: a }],
          ['two', { document: b }]
        ])
        const { document } = merge(table, sources, { title: 'Test' })
        const differences = [
          differenceOf(a, document, '/a', [...samples, null]),
          differenceOf(b, document, '/b', [...samples, null])
        ]
        if (differences.some((difference) => difference !== null)) {
          throw new Error(`another verdict: ${differences.join()}`)
        }
      }
    )
    fc.assert(property, { numRuns: 30 })
  })
}

import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import fc from 'fast-check'
import { merge } from '../../src/openapi/merge.ts'
import { tableOf } from '../harness/documents/fixture.ts'
import { providerStyles } from '../harness/documents/provider-styles.ts'
import { value } from '../harness/documents/random-schema.ts'
import { styles } from '../harness/documents/styles.ts'
import { bodiesOf, compilerOf } from '../harness/documents/verdicts.ts'

const table = tableOf({ 'ANY /api/**': {} })

/** Values that the documents speak of, beside random ones. */
const near = [
  null,
  {},
  [],
  'NaN',
  { kind: null },
  { kind: 'a', count: 0 },
  { kind: 'cat', lives: 9 },
  { name: 'a', price: null },
  { '@odata.type': 'x', value: null },
  { customer: null, charge: { customer: { charge: {} } } },
  { owner: [{ time: 'x', port: 1 }] },
  { owner: [{ time: 1 }] },
  { labels: ['a', { name: null }] },
  { login: 'a' },
  { error: {}, detail: [{ loc: ['a', 1] }] },
  [{ id: 'a', data: null }],
  { id: 'a', other: 1 },
  { metadata: '', expand: ['a'] }
]
const samples = [...near, ...fc.sample(value, { numRuns: 200, seed: 1 })].map((sample) =>
  JSON.parse(JSON.stringify(sample))
)

for (const [style, document] of Object.entries({ ...styles, ...providerStyles })) {
  test(`keeps what a document in the manner of ${style} accepts and refuses`, async (t) => {
    const merged = merge(table, new Map([['one', { document }]]), { title: 'T' })
    const [before, after] = [compilerOf(document), compilerOf(merged.document)]
    const bodies = bodiesOf(document, '/a', 'post')
    const published = bodiesOf(merged.document, '/api/a', 'post')

    for (const [name, pointer] of bodies) {
      const [one, other] = [before(pointer), after(published.get(name) ?? `#/${name}`)]
      const verdicts = samples.map(one)
      t.assert.deepEqual(samples.map(other), verdicts, name)
    }
    t.assert.equal(bodies.size > 0, true)
    t.assert.deepEqual(merged.findings, [])
    t.assert.deepEqual(await new Validator().validate(structuredClone({ ...merged.document })), {
      valid: true
    })
  })
}

import { test } from 'node:test'
import { below, rootOf } from '@gatehouse/openapi/location'
import { createMeanings } from '@gatehouse/openapi/schema-equality'
import { object, text, whole } from './harness/compare.ts'

const to = (name: string) => ({ $ref: `#/components/schemas/${name}` })

/** Whether `schema` of the one document says what `schema` of the other does. */
function areSame(one: object, other: object): boolean {
  const documents = [one, other].map((schemas) => ({ components: { schemas } }))
  const places = documents.map((document) => [
    below(rootOf(document), 'components', 'schemas', 'schema')
  ])
  return createMeanings(documents)(places[0] ?? [], places[1] ?? [])
}

/** A list of references, each to the next, and a schema at their end. */
function chain(length: number, end: object) {
  const links = Array.from({ length }, (_, i) => [`s${i}`, { items: to(`s${i + 1}`) }])
  return { schema: to('s0'), ...Object.fromEntries(links), [`s${length}`]: end }
}

const tree = (name: string, leaf: object) => ({
  schema: object({ child: to(name) }),
  [name]: object({ children: { items: to(name) }, value: to('leaf') }),
  leaf
})

const same: [string, object, object][] = [
  [
    'another order',
    { schema: { type: 'string', minLength: 1 } },
    { schema: { minLength: 1, ...text } }
  ],
  ['other words', { schema: { ...text, description: 'x' } }, { schema: { ...text, title: 'y' } }],
  ['another name', { schema: to('a'), a: text }, { schema: to('b'), b: text }],
  ['another cycle', tree('a', text), tree('b', text)],
  ['a long chain', chain(150, text), chain(150, text)]
]

for (const [what, one, other] of same)
  test(`knows the same schema in ${what}`, (t) => {
    t.assert.equal(areSame(one, other), true)
  })

const different: [string, object, object][] = [
  ['a keyword', { schema: text }, { schema: whole }],
  ['a flag', { schema: text }, { schema: { ...text, readOnly: true } }],
  [
    'a property that is called like words',
    { schema: object({ title: text }) },
    { schema: object({}) }
  ],
  ['what is deep in a cycle', tree('a', text), tree('a', whole)],
  ['a reference and what it names', { schema: to('a'), a: text }, { schema: text }],
  ['the order of a list', { schema: { enum: [1, 2] } }, { schema: { enum: [2, 1] } }],
  ['the end of a chain', chain(150, text), chain(150, whole)],
  // Not known to be the same, so that they are compared bit by bit.
  ['nothing, in a chain that is too long to follow', chain(300, text), chain(300, text)]
]

for (const [what, one, other] of different)
  test(`tells schemas apart that differ in ${what}`, (t) => {
    t.assert.equal(areSame(one, other), false)
  })

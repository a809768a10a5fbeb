import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '@gatehouse/openapi/json'
import { below, rootOf } from '@gatehouse/openapi/location'
import { createSubset } from '@gatehouse/openapi/schema-diff'
import type { Direction } from '@gatehouse/openapi/structure-diff'
import fc from 'fast-check'
import Schema from 'typebox/schema'

type Two = [unknown, unknown]

/** Mostly the same on both sides, so that one schema often is a part of the other. */
const twice = (arbitrary: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 3, arbitrary: arbitrary.map((one): Two => [one, one]) },
    { weight: 1, arbitrary: fc.tuple(arbitrary, arbitrary) }
  )

const limit = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined })
const text = fc.record({
  minLength: limit,
  maxLength: limit,
  pattern: fc.constantFrom(undefined, '^a', 'b')
})
const number = fc.record({
  minimum: limit,
  exclusiveMaximum: limit,
  multipleOf: fc.constantFrom(undefined, 1, 2)
})
const leaf = fc.oneof(
  text.map((limits) => ({ type: 'string', ...limits })),
  fc
    .tuple(fc.constantFrom('integer', 'number'), number)
    .map(([type, limits]) => ({ type, ...limits })),
  fc.subarray(['null', 'boolean', 'string', 'integer'], { minLength: 1 }).map((type) => ({ type })),
  fc.subarray([null, true, 1, 2, 'a', 'bb'], { minLength: 1 }).map((values) => ({ enum: values })),
  fc.constantFrom(true, false, {}, { const: 'a' }, { not: { const: 1 } })
)

const names = ['a', 'b']
const halves = (pairs: Two[], side: 0 | 1) => pairs.map((pair) => pair[side])

function both(make: (side: 0 | 1) => object): Two {
  return [make(0), make(1)].map((schema) => JSON.parse(JSON.stringify(schema))) as Two
}

/** Two schemas of one kind; `rest` is what the objects of either side say of unknown properties. */
function schemas(rest: readonly unknown[]) {
  const { pair } = fc.letrec<{ pair: Two }>((tie) => {
    const inner = tie('pair')
    const object = fc
      .tuple(
        fc.array(inner, { minLength: 2, maxLength: 2 }),
        twice(fc.subarray(names)),
        twice(fc.subarray(names)),
        twice(fc.constantFrom(...rest))
      )
      .map(([values, known, required, additional]) =>
        both((side) => {
          const entries = names.map((name, index) => [name, values[index]?.[side]] as const)
          const named = entries.filter(([name]) => (known[side] as string[]).includes(name))
          const properties = Object.fromEntries(named)
          return {
            type: 'object',
            properties,
            required: required[side],
            additionalProperties: additional[side]
          }
        })
      )
    const array = fc.tuple(inner, twice(limit), twice(fc.boolean())).map(([items, max, unique]) =>
      both((side) => ({
        type: 'array',
        items: items[side],
        maxItems: max[side],
        uniqueItems: unique[side]
      }))
    )
    const several = fc
      .tuple(fc.array(inner, { minLength: 1, maxLength: 3 }), fc.constantFrom('anyOf', 'allOf'))
      .map(([pairs, keyword]) => both((side) => ({ [keyword]: halves(pairs, side) })))
    return {
      pair: fc.oneof({ maxDepth: 3, withCrossShrink: true }, twice(leaf), object, array, several)
    }
  })
  return pair
}

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, 0, 1, 2, 3, 1.5, '', 'a', 'b', 'bb', 'aab'),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { maxKeys: 3 })
  )
})).any

const place = (schema: unknown, name: string) => below(rootOf({ [name]: schema } as Json), name)

function faults(direction: Direction, sub: unknown, sup: unknown) {
  const [one, other] = [place(sub, 'sub'), place(sup, 'sup')]
  // Without the short cut for what is the same: what is tried here is the long way.
  return createSubset(direction, () => false)(
    { places: [one], at: one },
    { places: [other], at: other }
  )
}

/** Fails where a value of `sub` is none of `sup` although nothing is told; gives how often that was tried. */
function findsAll(direction: Direction, pairs: fc.Arbitrary<Two>): number {
  let tried = 0
  fc.assert(
    fc.property(pairs, fc.array(value, { minLength: 20, maxLength: 20 }), ([sub, sup], values) => {
      const told = faults(direction, sub, sup).filter(({ rule }) => rule !== 'ignored')
      if (told.length > 0) return
      for (const one of values.filter((each) => Schema.Check(sub as object, each))) {
        tried += 1
        assert.ok(Schema.Check(sup as object, one), JSON.stringify(one))
      }
    }),
    { numRuns: 2000 }
  )
  return tried
}

test('whatever a request could be it still may be, where nothing is told', () => {
  const tried = findsAll('request', schemas([false, { type: 'string' }]))

  assert.ok(tried > 1000, `${tried} values`)
})

test('whatever an answer may be it could be before, where nothing is told', () => {
  const tried = findsAll('response', schemas([undefined, { type: 'string' }]))

  assert.ok(tried > 1000, `${tried} values`)
})

test('nothing is told of a schema and itself', () => {
  fc.assert(
    fc.property(schemas([false, undefined, { type: 'string' }]), ([schema]) => {
      assert.deepEqual(faults('request', schema, schema), [])
      assert.deepEqual(faults('response', schema, schema), [])
    }),
    { numRuns: 1000 }
  )
})

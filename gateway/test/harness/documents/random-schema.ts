import fc from 'fast-check'

const names = ['A', 'B', 'C']
const keys = ['a', 'b', '$ref', 'nullable']

const small = fc.integer({ min: 0, max: 4 })
const number = fc.integer({ min: -1, max: 6 })
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), maxLength: 4 })

/** Values near to what the schemas speak of. */
export const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 1.5, 'aGk=', ...names),
    number,
    text,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys, 'kind'), tie('any'), { maxKeys: 3 })
  )
})).any

const notes = fc.record(
  {
    description: text,
    example: value,
    default: value,
    readOnly: fc.boolean(),
    writeOnly: fc.boolean(),
    'x-own': value
  },
  { requiredKeys: [] }
)

const some = <T>(record: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(record, { requiredKeys: [] })

/** What a schema may say of values, in words that both versions have. */
const rules = (schema: fc.Arbitrary<unknown>) => [
  some({ minLength: small, maxLength: small, pattern: fc.constantFrom('^a', 'b$') }),
  some({ minimum: number, maximum: number, multipleOf: fc.constantFrom(1, 2, 0.5) }),
  some({ items: schema, minItems: small, maxItems: small, uniqueItems: fc.boolean() }),
  some({
    properties: fc.dictionary(fc.constantFrom(...keys), schema, { maxKeys: 3 }),
    required: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 2 }),
    additionalProperties: fc.oneof(fc.boolean(), schema),
    minProperties: small,
    maxProperties: small
  }),
  fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 4 }) }),
  fc.record({ allOf: fc.array(schema, { minLength: 1, maxLength: 2 }) }),
  fc.record({ anyOf: fc.array(schema, { minLength: 1, maxLength: 2 }) }),
  fc.record({ oneOf: fc.array(schema, { minLength: 1, maxLength: 2 }) }),
  fc.record({ not: schema }),
  fc.record({ format: fc.constantFrom('byte', 'binary', 'int32', 'date-time', 'odd') })
]

const types = ['string', 'integer', 'number', 'boolean', 'object', 'array']

const old = [
  fc.record({ type: fc.constantFrom(...types), nullable: fc.boolean() }),
  fc.record({ minimum: number, exclusiveMinimum: fc.boolean() }),
  fc.record({ maximum: number, exclusiveMaximum: fc.boolean() })
]

const conditional = (test: unknown, yes: unknown, no: unknown) =>
  Object.fromEntries([
    ['if', test],
    ['then', yes],
    ['else', no]
  ])

const modern = (schema: fc.Arbitrary<unknown>) => [
  fc.record({ type: fc.uniqueArray(fc.constantFrom(...types, 'null'), { minLength: 1 }) }),
  some({ exclusiveMinimum: number, exclusiveMaximum: number }),
  fc.record({ const: value }),
  fc.record({ prefixItems: fc.array(schema, { minLength: 1, maxLength: 2 }) }),
  fc.tuple(schema, schema, schema).map(([test, yes, no]) => conditional(test, yes, no)),
  some({ contains: schema, minContains: small }),
  fc.record({ propertyNames: schema }),
  fc.record({ patternProperties: fc.dictionary(fc.constantFrom('^a', 'l'), schema) }),
  fc.record({ dependentSchemas: fc.dictionary(fc.constantFrom(...keys), schema) })
]

const references = [
  ...names.map((name) => `#/components/schemas/${name}`),
  '#/components/schemas/A/properties/a',
  '#/paths/~1a/post/responses/200/content/application~1json/schema'
]

/** Schemas of OpenAPI `3.0` or `3.1`; none refers to itself without a value in between. */
export function schemas(version: '3.0' | '3.1'): fc.Arbitrary<unknown> {
  const { schema } = fc.letrec((tie) => {
    const own = version === '3.0' ? old : modern(tie('schema'))
    const spoken = fc.oneof(fc.constant({}), ...rules(tie('schema')), ...own)
    return {
      reference: fc
        .tuple(fc.constantFrom(...references), notes, fc.oneof(...rules(fc.constant({}))))
        .map(([$ref, ...beside]) => Object.assign({}, ...beside, { $ref })),
      // A reference is one step further down than what it is beside, so that it cannot go round in circles.
      guarded: tie('reference').map((reference) => ({
        properties: { a: reference, b: reference }
      })),
      schema: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        {
          weight: 5,
          arbitrary: fc.tuple(spoken, spoken, notes).map((all) => Object.assign({}, ...all))
        },
        { weight: 2, arbitrary: tie('guarded') },
        ...(version === '3.1' ? [{ weight: 1, arbitrary: fc.boolean() }] : [])
      )
    }
  })
  return schema
}

/** Components that every reference finds: `A` has a property `a`. */
export function components(version: '3.0' | '3.1') {
  const [any, part] = [schemas(version), schemas(version)]
  const A = fc.tuple(any, part).map(([schema, a]) => {
    const { properties = {}, ...rest } = Object(schema)
    return { ...rest, properties: { ...properties, a } }
  })
  return fc.record({ A, B: any, C: any })
}

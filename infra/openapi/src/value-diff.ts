import { type Mismatch, mismatch, valuesInWords } from './difference.ts'
import { canonical, patternOf, writeJson } from './json.ts'
import type { Place } from './location.ts'
import { everything, type Flat, type Said, type Type, typeOf } from './resolved-schema.ts'

/** A limit that a value of the one side need not keep. */
export interface Excess {
  keyword: string
  place: Place
  /** What the other side says of it; null where nothing. */
  other: unknown
  limit: unknown
}

const length = (value: unknown) =>
  typeof value === 'string' ? [...value].length : Object.keys(value as object).length

interface Kind {
  types: readonly Type[]
  /** How two limits compare: 1 where the greater one is tighter, -1 where the smaller one is. */
  tighter: 1 | -1
  /** What of a value is measured. */
  measure: (value: unknown) => number
  /** A limit that nobody can break. */
  least?: number
}

const numeric = { types: ['integer', 'fraction'], measure: Number } as const
const kinds: Record<string, Kind> = {
  minimum: { ...numeric, tighter: 1 },
  maximum: { ...numeric, tighter: -1 },
  minLength: { types: ['string'], tighter: 1, measure: length, least: 0 },
  maxLength: { types: ['string'], tighter: -1, measure: length },
  minItems: { types: ['array'], tighter: 1, measure: length, least: 0 },
  maxItems: { types: ['array'], tighter: -1, measure: length },
  minProperties: { types: ['object'], tighter: 1, measure: length, least: 0 },
  maxProperties: { types: ['object'], tighter: -1, measure: length }
}
const strict: Record<string, string> = { exclusiveMinimum: 'minimum', exclusiveMaximum: 'maximum' }

/** The keywords that are numbers to keep to; all others are compared word for word. */
export const isLimit = (keyword: string) =>
  keyword in kinds || keyword in strict || keyword === 'multipleOf'

interface Bound {
  value: number
  isStrict: boolean
}

function tightest({ said }: Flat, keyword: string, { tighter }: Kind): Bound | null {
  const strictKeyword = Object.keys(strict).find((key) => strict[key] === keyword) ?? ''
  const bounds = [keyword, strictKeyword].flatMap((key) =>
    (said.get(key) ?? []).map(({ value }) => ({ value: Number(value), isStrict: key in strict }))
  )
  const [first = null] = bounds.sort(
    (a, b) => (b.value - a.value) * tighter || Number(b.isStrict) - Number(a.isStrict)
  )
  return first
}

function keeps(one: Flat, keyword: string, limit: Bound): boolean {
  const kind = kinds[keyword] as Kind
  const { tighter, types, measure, least } = kind
  const passes = (value: number) =>
    (value - limit.value) * tighter > 0 || (value === limit.value && !limit.isStrict)
  if (one.values)
    return one.values
      .filter((value) => types.includes(typeOf(value)))
      .every((value) => passes(measure(value)))
  if (least !== undefined && limit.value <= least) return true
  const bound = tightest(one, keyword, kind)
  if (bound === null) return false
  return passes(bound.value) || (bound.value === limit.value && bound.isStrict)
}

const multiples = (value: unknown, of: unknown) => Number.isInteger(Number(value) / Number(of))

function keepsMultiple({ values, types, said }: Flat, of: unknown): boolean {
  if (values)
    return values
      .filter((value) => typeof value === 'number')
      .every((value) => multiples(value, of))
  const whole = types.has('fraction') ? [] : [1]
  const steps = [...whole, ...(said.get('multipleOf') ?? []).map(({ value }) => value)]
  return steps.some((step) => multiples(step, of))
}

function applies({ types }: Flat, keyword: string): boolean {
  const meant = kinds[strict[keyword] ?? keyword]?.types ?? numeric.types
  return meant.some((type) => types.has(type))
}

/** Formats of numbers that are a range, with what they begin and end with. */
const ranges = new Map<string, [least: number, most: number]>([
  ['int32', [-(2 ** 31), 2 ** 31 - 1]],
  ['int64', [-(2 ** 63), 2 ** 63 - 1]]
])

/** Whether the bounds of a schema of whole numbers keep it within the range of a format. */
export function isWithinFormat(flat: Flat, format: unknown): boolean {
  const [least, most] = ranges.get(String(format)) ?? []
  if (least === undefined || most === undefined || flat.types.has('fraction')) return false
  const [minimum, maximum] = ['minimum', 'maximum'].map((keyword) =>
    tightest(flat, keyword, kinds[keyword] as Kind)
  )
  return minimum != null && maximum != null && minimum.value >= least && maximum.value <= most
}

/** The numeric limits of `sup` that some value of `one` breaks. */
export function excesses(one: Flat, sup: Flat): Excess[] {
  const found: Excess[] = []
  const check = (keyword: string, { value, spelling, place }: Said) => {
    if (one.said.get(keyword)?.some((said) => said.spelling === spelling)) return
    const kept =
      keyword === 'multipleOf'
        ? keepsMultiple(one, value)
        : keeps(one, strict[keyword] ?? keyword, {
            value: Number(value),
            isStrict: keyword in strict
          })
    const other = one.said.get(keyword)?.[0]?.value ?? null
    if (!kept) found.push({ keyword, place, other, limit: value })
  }
  for (const [keyword, list] of sup.said) {
    if (isLimit(keyword) && applies(one, keyword)) for (const said of list) check(keyword, said)
  }
  return found
}

/** What a keyword is about; it says nothing of values of other types. */
const about: Record<string, readonly Type[]> = {
  pattern: ['string'],
  contentEncoding: ['string'],
  contentMediaType: ['string'],
  uniqueItems: ['array'],
  contains: ['array'],
  minContains: ['array'],
  maxContains: ['array'],
  unevaluatedItems: ['array'],
  propertyNames: ['object'],
  dependentRequired: ['object'],
  dependentSchemas: ['object'],
  unevaluatedProperties: ['object']
}
/** Patterns that every text matches; linters ask for one. */
const anyText = new Set(['', '^', '.*', '[\\s\\S]*', '^[\\s\\S]*$'])
/** Formats that are part of another. */
const wider = new Map([
  ['int32', 'int64'],
  ['float', 'double']
])

function isSaid(keyword: string, { spelling, value }: Said, there: readonly Said[]): boolean {
  if (keyword === 'uniqueItems' && value === false) return true
  return there.some(
    (said) =>
      said.spelling === spelling ||
      (keyword === 'format' && wider.get(String(said.value)) === value)
  )
}

function keepsPattern({ values }: Flat, { value }: Said): boolean {
  if (anyText.has(String(value))) return true
  if (values === null) return false
  const texts = values.filter((one) => typeof one === 'string')
  const pattern = patternOf(String(value))
  return pattern !== null && texts.every((text) => pattern.test(text))
}

const shown = (keyword: string, said: Said | undefined) =>
  said === undefined ? `no ${keyword}` : `${keyword} ${said.spelling}`.slice(0, 120)

/**
 * Assertions of `sup` that `one` does not make word for word. Whether one pattern means less than another cannot be
 * told, so another one counts as narrower; this errs on the side of telling.
 */
export function exactMismatches(one: Flat, sup: Flat): Mismatch[] {
  const asserted = [...sup.said].filter(([keyword]) => {
    const types = about[keyword]
    const matters = types === undefined || types.some((type) => one.types.has(type))
    return matters && !isLimit(keyword) && keyword !== 'prefixItems'
  })
  return asserted.flatMap(([keyword, list]) =>
    list.flatMap((said) => {
      const there = one.said.get(keyword) ?? []
      const unknowable = keyword === 'format' && one.values !== null
      if (unknowable || isSaid(keyword, said, there)) return []
      if (keyword === 'pattern' && keepsPattern(one, said)) return []
      if (keyword === 'format' && isWithinFormat(one, said.value)) return []
      const rule = keyword === 'pattern' || keyword === 'format' ? keyword : 'assertion'
      return [
        mismatch(rule, [one.place, shown(keyword, there[0])], [said.place, shown(keyword, said)])
      ]
    })
  )
}

/** Formats that say how bytes are written as a text: without them the same text means something else. */
const encodings = new Set(['base64url', 'binary', 'byte'])

/** Texts that are bytes by their format, where none of `cases`, of which one holds, says how bytes are written. */
export function encodingMismatches(one: Flat, sup: Place, cases: readonly Flat[]): Mismatch[] {
  if (!one.types.has('string')) return []
  const formats = (one.said.get('format') ?? []).map(({ value }) => String(value))
  const encoding = formats.find((format) => encodings.has(format))
  const texts = cases.filter(({ types }) => types.has('string') && types.size < everything.size)
  const isKept = texts.some(({ said }) => said.has('format') || said.has('contentEncoding'))
  if (encoding === undefined || isKept || texts.length === 0) return []
  return [mismatch('format', [one.place, `format "${encoding}"`], [sup, 'no format'])]
}

function valueMismatches(one: Flat, sup: Flat): Mismatch[] {
  if (sup.values === null) return []
  const allowed = new Set(sup.values.map(canonical))
  const missing = one.values?.filter((value) => !allowed.has(canonical(value))) ?? null
  if (missing?.length === 0) return []
  return [
    mismatch('enum', [one.place, valuesInWords(one.values)], [sup.place, valuesInWords(sup.values)])
  ]
}

function limitMismatches(one: Flat, sup: Flat): Mismatch[] {
  const say = (keyword: string, value: unknown) =>
    value === null ? `no ${keyword}` : `${keyword} ${writeJson(value)}`
  return excesses(one, sup).map(({ keyword, place, other, limit }) =>
    mismatch('limit', [one.place, say(keyword, other)], [place, say(keyword, limit)])
  )
}

/** What `sup` has against values of `one`, without a look inside them: enums, bounds, patterns, formats. */
export function scalarMismatches(one: Flat, sup: Flat): Mismatch[] {
  return [...valueMismatches(one, sup), ...limitMismatches(one, sup), ...exactMismatches(one, sup)]
}

import { type Fault, fault } from './fault.ts'
import type { Flat, Said, Type } from './flat.ts'
import { isLimit, isWithinFormat } from './limits.ts'

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
const wider: Record<string, string> = { int32: 'int64', float: 'double' }

function isSaid(keyword: string, { spelling, value }: Said, there: readonly Said[]): boolean {
  if (keyword === 'uniqueItems' && value === false) return true
  return there.some(
    (said) =>
      said.spelling === spelling || (keyword === 'format' && wider[String(said.value)] === value)
  )
}

function keepsPattern({ values }: Flat, { value }: Said): boolean {
  if (anyText.has(String(value))) return true
  if (values === null) return false
  const texts = values.filter((one) => typeof one === 'string')
  return texts.every((text) => RegExp(String(value), 'u').test(text))
}

const shown = (keyword: string, said: Said | undefined) =>
  said === undefined ? `no ${keyword}` : `${keyword} ${said.spelling}`.slice(0, 120)

/**
 * Assertions of `sup` that `one` does not make word for word. Whether one pattern means less than another cannot be
 * told, so another one counts as narrower; this errs on the side of telling.
 */
export function exactFaults(one: Flat, sup: Flat): Fault[] {
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
        fault(rule, [one.place, shown(keyword, there[0])], [said.place, shown(keyword, said)])
      ]
    })
  )
}

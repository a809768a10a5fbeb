import { canonical } from '../docs/json.ts'
import { type Fault, fault } from './fault.ts'
import type { Flat } from './flat.ts'
import { excesses } from './limits.ts'
import { exactFaults } from './spelling.ts'
import { valuesInWords } from './words.ts'

function valueFaults(one: Flat, sup: Flat): Fault[] {
  if (sup.values === null) return []
  const allowed = new Set(sup.values.map(canonical))
  const missing = one.values?.filter((value) => !allowed.has(canonical(value))) ?? null
  if (missing?.length === 0) return []
  return [
    fault('enum', [one.place, valuesInWords(one.values)], [sup.place, valuesInWords(sup.values)])
  ]
}

function limitFaults(one: Flat, sup: Flat): Fault[] {
  const say = (keyword: string, value: unknown) =>
    value === null ? `no ${keyword}` : `${keyword} ${JSON.stringify(value)}`
  return excesses(one, sup).map(({ keyword, place, other, limit }) =>
    fault('limit', [one.place, say(keyword, other)], [place, say(keyword, limit)])
  )
}

/** What `sup` has against values of `one`, without a look inside them: enums, bounds, patterns, formats. */
export function scalarFaults(one: Flat, sup: Flat): Fault[] {
  return [...valueFaults(one, sup), ...limitFaults(one, sup), ...exactFaults(one, sup)]
}

import { canonical } from '../docs/json.ts'
import { arrayFaults } from './arrays.ts'
import { type Fault, fault, unique } from './fault.ts'
import { both, casesOf, type Flat, flatten, type Type, typeOf } from './flat.ts'
import { excesses } from './limits.ts'
import { objectFaults } from './objects.ts'
import type { Place } from './place.ts'
import { exactFaults } from './spelling.ts'
import { inWords, typesInWords, valuesInWords } from './words.ts'

/** Which way values go: a client writes what is in a request, and reads what is in a response. */
export type Direction = 'request' | 'response'

/** All that holds at one place of an instance; where nothing does, `at` tells where it would stand. */
export interface Meant {
  places: readonly Place[]
  at: Place
}

/** What compares the inside of a value. */
export type Within = (sub: Meant, sup: Meant) => Fault[]

const flattenAll = ({ places, at }: Meant): Flat =>
  places.length === 0
    ? flatten({ ...at, node: true })
    : places.map((place) => flatten(place)).reduce(both)

const keyOf = ({ places, at }: Meant) => places.map(({ pointer }) => pointer).join() || at.pointer

function typesOf(flats: readonly Flat[]): Set<Type> {
  return new Set(flats.flatMap(({ types }) => [...types]))
}

function only(flat: Flat, types: ReadonlySet<Type>): Flat {
  const values = flat.values?.filter((value) => types.has(typeOf(value))) ?? null
  return { ...flat, types, values }
}

/** A field that one part of a schema does not know may be known to another. */
const withoutIgnored = (faults: readonly Fault[]) => faults.filter(({ rule }) => rule !== 'ignored')

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

/**
 * Makes the function that tells every way in which a value of one schema may not be one of another. A request may
 * hold what it held before (`sub` is the old schema); a response may hold nothing that it did not (`sub` is the new
 * one). Schemas that refer to themselves are compared once for each pair.
 */
export function createSubset(direction: Direction): Within {
  const known = new Map<string, Fault[]>()

  function choiceFaults(one: Flat, sup: Flat): Fault[] {
    return sup.choices.flatMap((branches) =>
      [...one.types].flatMap((type) => {
        const piece = only(one, new Set([type]))
        const tried = branches.map((branch) => withoutIgnored(inside(piece, flatten(branch))))
        if (tried.some((faults) => faults.length === 0)) return []
        const fitting = tried.filter(
          (faults) => !faults.some(({ rule }) => rule === 'type' || rule === 'enum')
        )
        if (fitting.length === 1) return fitting[0] ?? []
        const says = branches.map((branch) => inWords(flatten(branch))).join(' or ')
        return [fault('choice', [one.place, inWords(piece)], [sup.place, says])]
      })
    )
  }

  function objects(one: Flat, sup: Flat): Fault[] {
    const faults = objectFaults(one, sup, direction, within)
    return sup.choices.length > 0 ? withoutIgnored(faults) : faults
  }

  /** `whole` is what `one` is a part of, for the words alone. */
  function inside(one: Flat, sup: Flat, whole: ReadonlySet<Type> = one.types): Fault[] {
    const allowed = typesOf(casesOf(sup))
    const shared = new Set([...one.types].filter((type) => allowed.has(type)))
    const says = [typesInWords(whole), typesInWords(allowed)] as const
    const wrong =
      shared.size < one.types.size
        ? [fault('type', [one.place, says[0]], [sup.place, says[1]])]
        : []
    if (shared.size === 0) return wrong
    const rest = only(one, shared)
    return [
      ...wrong,
      ...valueFaults(rest, sup),
      ...limitFaults(rest, sup),
      ...exactFaults(rest, sup),
      ...(shared.has('object') && rest.values === null ? objects(rest, sup) : []),
      ...(shared.has('array') && rest.values === null ? arrayFaults(rest, sup, within) : []),
      ...choiceFaults(rest, sup)
    ]
  }

  function within(sub: Meant, sup: Meant): Fault[] {
    const key = `${keyOf(sub)} ${keyOf(sup)}`
    const before = known.get(key)
    if (before) return before
    known.set(key, [])
    const cases = casesOf(flattenAll(sub))
    const whole = typesOf(cases)
    const found = sup.places.flatMap((place) => {
      const flat = flatten(place)
      return cases.flatMap((one) => inside(one, flat, whole))
    })
    const faults = unique(sup.places.length > 1 ? withoutIgnored(found) : found)
    known.set(key, faults)
    return faults
  }

  return within
}

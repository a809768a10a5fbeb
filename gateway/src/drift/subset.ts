import { arrayFaults } from './arrays.ts'
import { type Fault, fault } from './fault.ts'
import { type Flat, type Type, typeOf } from './flat.ts'
import { both, casesOf, flatten } from './flatten.ts'
import type { AreSame } from './meaning.ts'
import { objectFaults } from './objects.ts'
import { createPairs, type Meant, type Pair, strangers } from './pairs.ts'
import { scalarFaults } from './scalars.ts'
import { inWords, typesInWords } from './words.ts'

/** Which way values go: a client writes what is in a request, and reads what is in a response. */
export type Direction = 'request' | 'response'

/** What compares the inside of a value. */
export type Within = (sub: Meant, sup: Meant) => Fault[]

const flattenAll = ({ places, at }: Meant): Flat =>
  places.length === 0
    ? flatten({ ...at, node: true })
    : places.map((place) => flatten(place)).reduce(both)

function typesOf(flats: readonly Flat[]): Set<Type> {
  return new Set(flats.flatMap(({ types }) => [...types]))
}

function only(flat: Flat, types: ReadonlySet<Type>): Flat {
  const values = flat.values?.filter((value) => types.has(typeOf(value))) ?? null
  return { ...flat, types, values }
}

/** A field that one part of a schema does not know may be known to another. */
const withoutIgnored = (faults: readonly Fault[]) => faults.filter(({ rule }) => rule !== 'ignored')

const isOfAnotherKind = ({ rule }: Fault) => rule === 'type' || rule === 'enum'

/**
 * Makes the function that tells every way in which a value of one schema may not be one of another. A request may
 * hold what it held before (`sub` is the old schema); a response may hold nothing that it did not (`sub` is the new
 * one). Schemas that refer to themselves are compared once for each pair. `areSame` tells those that need no look.
 */
export function createSubset(direction: Direction, areSame: AreSame): Within {
  const { apart, take, within, all } = createPairs(compare)

  function choiceFaults(one: Flat, sup: Flat): Fault[] {
    return sup.choices.flatMap((branches) =>
      [...one.types].flatMap((type) => {
        const piece = only(one, new Set([type]))
        const tried = branches.map((branch) =>
          apart(() => withoutIgnored(inside(piece, flatten(branch))))
        )
        const passed = tried.filter(({ found }) => found.length === 0)
        const [best] = passed.sort((a, b) => strangers(a) - strangers(b))
        if (best) return take(best)
        const [near, ...others] = tried.filter(({ found }) => !found.some(isOfAnotherKind))
        if (near && others.length === 0) return take(near)
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
      ...scalarFaults(rest, sup),
      ...(shared.has('object') && rest.values === null ? objects(rest, sup) : []),
      ...(shared.has('array') && rest.values === null ? arrayFaults(rest, sup, within) : []),
      ...choiceFaults(rest, sup)
    ]
  }

  function compare({ sub, sup }: Pair): Fault[] {
    if (areSame(sub.places, sup.places)) return []
    const cases = casesOf(flattenAll(sub))
    const whole = typesOf(cases)
    const found = sup.places.flatMap((place) => {
      const flat = flatten(place)
      return cases.flatMap((one) => inside(one, flat, whole))
    })
    return sup.places.length > 1 ? withoutIgnored(found) : found
  }

  return all
}

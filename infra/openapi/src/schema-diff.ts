import { inWords, type Mismatch, mismatch, typesInWords, unique } from './difference.ts'
import { isObject } from './json.ts'
import { followed, type Place } from './location.ts'
import { newOverlaps } from './overlap.ts'
import { both, casesOf, type Flat, flatten, type Type, typeOf } from './resolved-schema.ts'
import type { AreSame } from './schema-equality.ts'
import {
  arrayMismatches,
  type Direction,
  type Meant,
  objectMismatches,
  type Within
} from './structure-diff.ts'
import { encodingMismatches, scalarMismatches } from './value-diff.ts'

/** Two schemas to compare. */
export interface Pair {
  sub: Meant
  sup: Meant
}

/** What a comparison has found, and the pairs that it has left to be compared by themselves. */
export interface Result {
  found: Mismatch[]
  /** By their names, which are made once: a schema is met from every operation that reaches it. */
  left: ReadonlyMap<string, Pair>
}

/** So deep pairs are looked into at once, for whoever has to choose between alternatives. */
const deepest = 4

const isReference = ({ node }: Place) => isObject(node) && typeof node.$ref === 'string'

/** What a place is called among pairs: a reference that says nothing else is what it refers to. */
function nameOf({ node, pointer }: Place): string {
  if (!isObject(node) || typeof node.$ref !== 'string') return pointer
  return Object.keys(node).length === 1 ? node.$ref : pointer
}

const namesOf = ({ places }: Meant) => places.map(nameOf).sort().join()

/** Without what is said twice: each round of a cycle would say it twice as often as the one before. */
function distinct({ places, at }: Meant): Meant {
  const byName = new Map(places.map((place) => [nameOf(place), place]))
  return { places: [...byName.values()], at }
}

/**
 * Whether a pair can wait. Schemas end in references or end at all, so that comparing up to there needs no more depth
 * than they have; a cycle of references is met again, and known.
 */
function canWait({ sub, sup }: Pair): boolean {
  return sup.places.length > 0 && sub.places.every(isReference) && sup.places.every(isReference)
}

/** How many of these pairs are of two names: few, where an alternative has met its own kind. */
export function strangers({ left }: Result): number {
  return [...left.values()].filter(({ sub, sup }) => namesOf(sub) !== namesOf(sup)).length
}

const keyOf = ({ sub, sup }: Pair) =>
  `${namesOf(sub) || sub.at.pointer} ${namesOf(sup) || sup.at.pointer}`

/**
 * Compares pairs, each once, however often it is met: those below one pair at once, as far as they are not deep, and
 * those that wait when that is done. So neither a cycle nor a long chain of references needs a deep stack.
 */
export function createPairs(compare: (pair: Pair) => Mismatch[]) {
  const known = new Map<string, Result>()
  /** From which no mismatch is met. */
  const sound = new Set<string>()
  let met = new Map<string, Pair>()
  let depth = 0

  function apart(work: () => Mismatch[]): Result {
    const before = met
    met = new Map()
    const result = { found: work(), left: met }
    met = before
    return result
  }

  function take({ found, left }: Result): Mismatch[] {
    for (const [key, pair] of left) met.set(key, pair)
    return found
  }

  function resultOf(key: string, pair: Pair): Result {
    const before = known.get(key)
    if (before) return before
    depth += 1
    const result = apart(() => compare(pair))
    depth -= 1
    known.set(key, result)
    return result
  }

  return {
    /** What work finds, with the pairs that it leaves, for nobody yet. */
    apart,
    /** Keeps what was found apart, and what was left. */
    take,
    /** Compares the inside of a value; what waits is taken to be without mismatch. */
    within(sub: Meant, sup: Meant): Mismatch[] {
      const pair = { sub: distinct(sub), sup: distinct(sup) }
      const key = keyOf(pair)
      if (depth < deepest && !canWait(pair)) return take(resultOf(key, pair))
      met.set(key, pair)
      return []
    },
    /** Compares a pair and all that is met from there. */
    all(sub: Meant, sup: Meant): Mismatch[] {
      const first = { sub, sup }
      const waiting = new Map([[keyOf(first), first]])
      const mismatches: Mismatch[] = []
      // A map gives what is added while it is gone through as well, and each key once.
      for (const [key, pair] of waiting) {
        const { found, left } = resultOf(key, pair)
        for (const mismatch of found) mismatches.push(mismatch)
        for (const [other, next] of left) if (!sound.has(other)) waiting.set(other, next)
      }
      if (mismatches.length === 0) for (const key of waiting.keys()) sound.add(key)
      return unique(mismatches)
    }
  }
}

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

/** A field that one part of a schema does not know may be known to another; what may overlap need not. */
const withoutIgnored = (mismatches: readonly Mismatch[]) =>
  mismatches.filter(({ rule }) => rule !== 'ignored' && rule !== 'overlap')

const isOfAnotherKind = ({ rule }: Mismatch) => rule === 'type' || rule === 'enum'

/**
 * Makes the function that tells every way in which a value of one schema may not be one of another. A request may
 * hold what it held before (`sub` is the old schema); a response may hold nothing that it did not (`sub` is the new
 * one). Schemas that refer to themselves are compared once for each pair. `areSame` tells those that need no look.
 */
export function createSubset(direction: Direction, areSame: AreSame): Within {
  const { apart, take, within, all } = createPairs(compare)

  function choiceMismatches(one: Flat, sup: Flat): Mismatch[] {
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
        return [mismatch('choice', [one.place, inWords(piece)], [sup.place, says])]
      })
    )
  }

  function objects(one: Flat, sup: Flat): Mismatch[] {
    const mismatches = objectMismatches(one, sup, direction, within)
    return sup.choices.length > 0 ? withoutIgnored(mismatches) : mismatches
  }

  /** `whole` is what `one` is a part of, for the words alone. */
  function inside(one: Flat, sup: Flat, whole: ReadonlySet<Type> = one.types): Mismatch[] {
    const allowed = typesOf(casesOf(sup))
    const shared = new Set([...one.types].filter((type) => allowed.has(type)))
    const says = [typesInWords(whole), typesInWords(allowed)] as const
    const wrong =
      shared.size < one.types.size
        ? [mismatch('type', [one.place, says[0]], [sup.place, says[1]])]
        : []
    if (shared.size === 0) return wrong
    const rest = only(one, shared)
    return [
      ...wrong,
      ...scalarMismatches(rest, sup),
      ...(shared.has('object') && rest.values === null ? objects(rest, sup) : []),
      ...(shared.has('array') && rest.values === null ? arrayMismatches(rest, sup, within) : []),
      ...choiceMismatches(rest, sup)
    ]
  }

  function compare({ sub, sup }: Pair): Mismatch[] {
    if (areSame(sub.places, sup.places)) return []
    const [before, now] = [flattenAll(sub), flattenAll(sup)]
    const cases = casesOf(before)
    const whole = typesOf(cases)
    const found = sup.places.flatMap((place) => {
      const flat = flatten(place)
      return cases.flatMap((one) => inside(one, flat, whole))
    })
    const encoded = cases.flatMap((one) => encodingMismatches(one, now.place, casesOf(now)))
    const mismatches = [...found, ...encoded, ...overlapMismatches(before, now)]
    return sup.places.length > 1 ? withoutIgnored(mismatches) : mismatches
  }

  function overlapMismatches(before: Flat, now: Flat): Mismatch[] {
    if (direction === 'response') return []
    return newOverlaps(before, now).map((pair) => {
      const both = pair
        .map((place) => inWords({ ...flatten(place), place: followed(place) }))
        .join(' and ')
      return mismatch(
        'overlap',
        [before.place, 'taken'],
        [now.place, `refused where ${both} match`]
      )
    })
  }

  return all
}

import { isObject } from '../docs/json.ts'
import { type Fault, unique } from './fault.ts'
import type { Place } from './place.ts'

/** All that holds at one place of an instance; where nothing does, `at` tells where it would stand. */
export interface Meant {
  places: readonly Place[]
  at: Place
}

/** Two schemas to compare. */
export interface Pair {
  sub: Meant
  sup: Meant
}

/** What a comparison has found, and the pairs that it has left to be compared by themselves. */
export interface Result {
  found: Fault[]
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
export function createPairs(compare: (pair: Pair) => Fault[]) {
  const known = new Map<string, Result>()
  /** From which no fault is met. */
  const sound = new Set<string>()
  let met = new Map<string, Pair>()
  let depth = 0

  function apart(work: () => Fault[]): Result {
    const before = met
    met = new Map()
    const result = { found: work(), left: met }
    met = before
    return result
  }

  function take({ found, left }: Result): Fault[] {
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
    /** Compares the inside of a value; what waits is taken to be without fault. */
    within(sub: Meant, sup: Meant): Fault[] {
      const pair = { sub: distinct(sub), sup: distinct(sup) }
      const key = keyOf(pair)
      if (depth < deepest && !canWait(pair)) return take(resultOf(key, pair))
      met.set(key, pair)
      return []
    },
    /** Compares a pair and all that is met from there. */
    all(sub: Meant, sup: Meant): Fault[] {
      const first = { sub, sup }
      const waiting = new Map([[keyOf(first), first]])
      const faults: Fault[] = []
      // A map gives what is added while it is gone through as well, and each key once.
      for (const [key, pair] of waiting) {
        const { found, left } = resultOf(key, pair)
        for (const fault of found) faults.push(fault)
        for (const [other, next] of left) if (!sound.has(other)) waiting.set(other, next)
      }
      if (faults.length === 0) for (const key of waiting.keys()) sound.add(key)
      return unique(faults)
    }
  }
}

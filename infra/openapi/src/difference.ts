import { writeJson } from './json.ts'
import type { Place } from './location.ts'
import type { Flat, Type } from './resolved-schema.ts'

/** A way in which a value of one schema (`sub`) may be none of the other (`sup`), with what each says there. */
export interface Mismatch {
  rule: string
  sub: Side
  sup: Side
}

export interface Side {
  pointer: string
  says: string
}

/** Makes a mismatch out of a rule and of what stands on both sides. */
export function mismatch(rule: string, sub: [Place, string], sup: [Place, string]): Mismatch {
  const side = ([{ pointer }, says]: [Place, string]): Side => ({ pointer, says })
  return { rule, sub: side(sub), sup: side(sup) }
}

/** Each mismatch once. */
export function unique(mismatches: readonly Mismatch[]): Mismatch[] {
  const keyed = mismatches.map(
    (one) => [`${one.rule} ${one.sub.pointer} ${one.sup.pointer}`, one] as const
  )
  return [...new Map(keyed).values()]
}

const listed = (words: readonly string[], most: number) =>
  words.length > most
    ? `${words.slice(0, most).join(', ')} and ${words.length - most} more`
    : words.join(', ')

/** Types as people name them: `string or null`. */
export function typesInWords(all: ReadonlySet<Type>): string {
  if (all.size === 7) return 'anything'
  if (all.size === 0) return 'nothing'
  const names = [...all].map((type) => {
    if (type === 'fraction') return all.has('integer') ? null : 'number'
    return type === 'integer' && all.has('fraction') ? 'number' : type
  })
  return names.filter((name) => name !== null).join(' or ')
}

/** The values of a schema: `one of "a", "b"`. */
export function valuesInWords(values: readonly unknown[] | null): string {
  if (values === null) return 'any value'
  const words = values.map((value) => writeJson(value))
  return words.length === 1 ? (words[0] ?? '') : `one of ${listed(words, 12)}`
}

/** What a schema is at first sight. */
export function inWords({ types, values, place }: Flat): string {
  const name = /^#\/components\/schemas\/([^/]+)$/.exec(place.pointer)?.[1]
  if (name !== undefined) return name
  return values === null ? typesInWords(types) : valuesInWords(values)
}

import { isObject, type Json, valueAt, writeJson } from './json.ts'
import type { Place } from './location.ts'

/** Whether two lists of places say the same, one by one. */
export type AreSame = (some: readonly Place[], others: readonly Place[]) => boolean

/** Text that says nothing of values; under `properties` the same keys hold schemas, which are no text. */
const words = new Set(['title', 'description', '$comment'])

/** A schema as text, but for what its references name; they are noted in `references`, in their order. */
function spell(node: unknown, references: string[]): string {
  if (Array.isArray(node)) return `[${node.map((member) => spell(member, references))}]`
  if (!isObject(node)) return writeJson(node)
  const keys = Object.keys(node).sort()
  const entries = keys.flatMap((key) => {
    const value = node[key]
    if (words.has(key) && typeof value === 'string') return []
    if (key !== '$ref' || typeof value !== 'string')
      return [`${JSON.stringify(key)}:${spell(value, references)}`]
    references.push(value)
    return ['$ref']
  })
  return `{${entries}}`
}

/** What a reference names. */
interface Target {
  text: string
  references: readonly string[]
  /** Two targets whose numbers are equal say the same. */
  meaning: number
}

type Targets = Map<string, Target>

function targetOf(node: unknown): Target {
  const references: string[] = []
  return { text: spell(node, references), references, meaning: 0 }
}

function targetsOf(document: Json): Targets {
  const targets: Targets = new Map()
  const waiting = new Set(targetOf(document).references)
  for (const reference of waiting) targets.set(reference, targetOf(valueAt(document, reference)))
  return targets
}

const meaningsOf = ({ references }: Target, targets: Targets) =>
  references.map((reference) => targets.get(reference)?.meaning).join()

/** Gives equal texts equal numbers. */
function createNumbers() {
  const numbers = new Map<string, number>()
  const numberOf = (text: string) => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  return { numberOf, count: () => numbers.size }
}

/** So many references in a row are followed; schemas that have more are compared bit by bit. */
const mostRounds = 200

/**
 * Numbers the targets of all documents by what they say: they begin as one class, which is parted as long as that parts
 * any further (as automata are minimised: Moore, 1956). So neither names nor cycles matter. Says whether it came to an end.
 */
function part(documents: readonly Targets[]): boolean {
  const { numberOf } = createNumbers()
  const all = documents.flatMap((targets) =>
    [...targets.values()].map((target) => ({ target, targets, own: numberOf(target.text) }))
  )
  let classes = 0
  for (let round = 0; round < mostRounds; round += 1) {
    const numbers = createNumbers()
    const parted = all.map(({ target, targets, own }) =>
      numbers.numberOf(`${own} ${meaningsOf(target, targets)}`)
    )
    for (const [index, { target }] of all.entries()) target.meaning = parted[index] ?? 0
    if (numbers.count() === classes) return true
    classes = numbers.count()
  }
  return false
}

/** Gives places of one document as text that is equal for those that say the same in any of the documents. */
function createSpeller(targets: Targets) {
  const known = new WeakMap<object, string>()
  return ({ node }: Place): string => {
    const before = isObject(node) ? known.get(node) : undefined
    if (before !== undefined) return before
    const target = targetOf(node)
    const text = `${meaningsOf(target, targets)} ${target.text}`
    if (isObject(node)) known.set(node, text)
    return text
  }
}

/** Makes the function that tells whether places of these documents say the same, however far their references lead. */
export function createMeanings(documents: readonly Json[]): AreSame {
  const all = new Map(documents.map((document) => [document, targetsOf(document)]))
  if (!part([...all.values()])) return () => false
  const spellers = new Map(
    [...all].map(([document, targets]) => [document, createSpeller(targets)])
  )
  const textOf = (place: Place | undefined) => place && spellers.get(place.document)?.(place)
  return (some, others) =>
    some.length === others.length &&
    some.every((place, index) => textOf(place) === textOf(others[index]))
}

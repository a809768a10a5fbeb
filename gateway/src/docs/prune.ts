import type { Kind } from './grammar.ts'
import { type Json, objectIn, valueAt } from './json.ts'
import { referring } from './pool.ts'
import { rewrite } from './walk.ts'

/** Every component that some path reaches, as `#/components/…`; throws where a reference leads nowhere. */
function reachedFrom(document: Json): Set<string> {
  const reached = new Set<string>()
  const waiting: [reference: string, kind: Kind][] = []
  const note = referring((reference, kind) => {
    if (!reached.has(reference)) waiting.push([reference, kind])
    reached.add(reference)
    return reference
  })
  for (const item of Object.values(objectIn(document.paths))) rewrite(item, 'pathItem', note)
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [reference, kind] = next
    const target = valueAt(document, reference)
    if (target === undefined) throw new Error(`${reference} leads nowhere in the combined document`)
    rewrite(target, kind, note)
  }
  return reached
}

/**
 * The document with those components only that its paths reach, and the security schemes, which are named and
 * not referred to. Throws where a reference dangles.
 */
export function prune(document: Json): Json {
  const reached = reachedFrom(document)
  const sections = Object.entries(objectIn(document.components)).flatMap(([section, named]) => {
    const kept = Object.entries(objectIn(named))
      .filter(
        ([name]) => section === 'securitySchemes' || reached.has(`#/components/${section}/${name}`)
      )
      .sort(([one], [other]) => (one < other ? -1 : 1))
    return kept.length > 0 ? [[section, Object.fromEntries(kept)] as const] : []
  })
  return { ...document, components: Object.fromEntries(sections) }
}

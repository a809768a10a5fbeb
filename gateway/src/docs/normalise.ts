import { discriminated } from './discriminator.ts'
import { type Kind, sections } from './grammar.ts'
import { follow, isObject, type Json, objectIn, valueAt, without } from './json.ts'
import { modernise } from './schema-3-0.ts'
import { rewrite, type Visit } from './walk.ts'

interface Notes {
  /** Told about every reference that cannot be kept. */
  report: (problem: string) => void
}

/** What stands for a reference that leads nowhere: as little as its place allows. */
export function stub(node: Json, kind: Kind): Json | undefined {
  if (kind === 'schema') return without(node, '$ref')
  return kind === 'response' ? { description: '' } : undefined
}

function isKept(document: Json, reference: string, kind: Kind): boolean {
  const target = valueAt(document, reference)
  if (kind === 'schema') return typeof target === 'boolean' || isObject(target)
  return sections[kind] !== undefined && follow(document, target) !== undefined
}

function keepReference(node: Json, kind: Kind, document: Json, { report }: Notes) {
  const reference = String(node.$ref)
  if (!isKept(document, reference, kind)) {
    const local = reference.startsWith('#')
    // The text of an outside reference may name an internal host, so that it is not repeated.
    report(local ? `${reference} leads nowhere` : 'a reference to another document is dropped')
    return stub(node, kind)
  }
  if (kind === 'schema' || kind === 'pathItem') return node
  // A Reference Object has no other fields than these.
  const { $ref, summary, description } = node
  return {
    $ref,
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description })
  }
}

function visitor(document: Json, notes: Notes): Visit {
  const old = String(document.openapi).startsWith('3.0')
  const discriminate = discriminated(document)
  return (node, kind) => {
    const modern = old && kind === 'schema' ? modernise(node) : node
    if (typeof modern.$ref === 'string') return keepReference(modern, kind, document, notes)
    return kind === 'schema' ? discriminate(modern, node) : modern
  }
}

/**
 * A usable document in the words of OpenAPI 3.1, in which every reference is local and leads somewhere. Its
 * paths and components keep their names, so that references stay what they were.
 */
export function normalise(document: Json, notes: Notes): Json {
  const visit = visitor(document, notes)
  const each = (map: unknown, kind: Kind) =>
    Object.entries(objectIn(map)).flatMap(([name, node]) => {
      const rewritten =
        name.startsWith('x-') && kind === 'pathItem' ? undefined : rewrite(node, kind, visit)
      return rewritten === undefined ? [] : [[name, rewritten] as const]
    })
  const components = Object.entries(sections).map(([kind, section]) => {
    const named = objectIn(document.components)[section]
    return [section, Object.fromEntries(each(named, kind as Kind))] as const
  })
  return {
    ...document,
    openapi: '3.1.0',
    paths: Object.fromEntries(each(document.paths, 'pathItem')),
    components: Object.fromEntries(components)
  }
}

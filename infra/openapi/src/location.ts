import { escaped } from './findings.ts'
import { isObject, type Json, valueAt, writeJson } from './json.ts'

/** Something in a document, with where it stands. */
export interface Place {
  document: Json
  node: unknown
  /** A JSON pointer from the root of the document (RFC 6901), with its `#`. */
  pointer: string
}

/** The document as a whole. */
export const rootOf = (document: Json): Place => ({ document, node: document, pointer: '#' })

/** What stands below a place; its node is undefined where nothing does. */
export function below({ document, node, pointer }: Place, ...tokens: (string | number)[]): Place {
  let found = node
  for (const token of tokens) {
    const inside = typeof found === 'object' && found !== null && Object.hasOwn(found, token)
    found = inside ? (found as Json)[token] : undefined
  }
  const way = tokens.map((token) => `/${escaped(token)}`).join('')
  return { document, node: found, pointer: pointer + way }
}

/** The keys of the object that stands here. */
export function keysOf({ node }: Place): string[] {
  return isObject(node) ? Object.keys(node) : []
}

/** The members of the list that stands here. */
export function membersOf(place: Place): Place[] {
  return Array.isArray(place.node) ? place.node.map((_, index) => below(place, index)) : []
}

/** What a reference names; what stands there may be a reference again. */
export function target({ document, node }: Place): Place {
  const pointer = String((node as Json).$ref)
  return { document, node: valueAt(document, pointer), pointer }
}

/** Where references lead in the end; the place itself where it is none, nothing where it leads nowhere. */
export function followed(place: Place): Place {
  let found = place
  for (let hops = 0; hops < 20; hops += 1) {
    if (!isObject(found.node) || typeof found.node.$ref !== 'string') return found
    found = target(found)
  }
  return { ...place, node: undefined }
}

/** Says nothing of what a value may be (JSON Schema 2020-12, sections 9 and 7.2.1), or is said elsewhere. */
const annotations = new Set(
  'title description default examples example deprecated readOnly writeOnly $comment externalDocs xml'.split(
    ' '
  )
)
const isAnnotation = (key: string) => annotations.has(key) || key.startsWith('x-')

/** Text that is the same for schemas that mean the same word for word: references followed, annotations left out. */
export function spelled(place: Place, above: readonly string[] = []): string {
  const { node } = place
  if (Array.isArray(node)) return `[${membersOf(place).map((member) => spelled(member, above))}]`
  if (!isObject(node)) return writeJson(node)
  if (typeof node.$ref === 'string' && Object.keys(node).length === 1) {
    if (above.includes(node.$ref)) return `(${above.length - above.indexOf(node.$ref)} up)`
    return spelled(followed(place), [...above, node.$ref])
  }
  const keys = Object.keys(node).filter((key) => !isAnnotation(key))
  const pairs = keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${spelled(below(place, key), above)}`)
  return `{${pairs}}`
}

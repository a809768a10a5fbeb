import { escaped } from './findings.ts'
import { isObject, type Json } from './json.ts'

/** Where the files that a document refers to are kept in it. */
const section = 'x-files'
const host = 'http://document.invalid'
const data = new Set(['default', 'enum', 'const', 'example', 'examples'])

/** The path of the file that a reference names, and the pointer in it; null where another host would have it. */
function targetOf(reference: string, location: string) {
  const url = URL.parse(reference, host + location)
  if (url === null || url.origin !== host) return null
  return { path: url.pathname + url.search, pointer: url.hash.replace(/^#/, '') }
}

type Replace = (reference: string) => string

function replaced(node: unknown, replace: Replace): unknown {
  if (Array.isArray(node)) return node.map((part) => replaced(part, replace))
  if (!isObject(node)) return node
  const entries = Object.entries(node).map(([key, value]) => {
    if (key === '$ref' && typeof value === 'string') return [key, replace(value)] as const
    const isData = data.has(key) && !isObject(value)
    return [key, isData ? value : replaced(value, replace)] as const
  })
  return Object.fromEntries(entries)
}

/**
 * A document with the files that it refers to taken in, so that every reference to them leads inside. `location` is
 * the path of the document on its host, `files` are by their paths on the same host. `missing` are the paths of those
 * that it refers to and that are not among `files`.
 */
export function withFiles(document: Json, location: string, files: ReadonlyMap<string, unknown>) {
  const missing = new Set<string>()
  const replaceFrom = (own: string) => (reference: string) => {
    if (own === location && reference.startsWith('#')) return reference
    const target = targetOf(reference, own)
    if (target === null) return reference
    const { path, pointer } = target
    if (path === location) return `#${pointer}`
    if (!files.has(path)) {
      missing.add(path)
      return reference
    }
    return `#/${section}/${escaped(path).replaceAll('%', '%25')}${pointer}`
  }
  const whole = replaced(document, replaceFrom(location)) as Json
  const kept = [...files].map(([path, file]) => [path, replaced(file, replaceFrom(path))] as const)
  const made = files.size === 0 ? whole : { ...whole, [section]: Object.fromEntries(kept) }
  return { document: made, missing: [...missing] }
}

/** What a component is called that was a file, or a part of one; null for any other. */
export function nameInFile(tokens: readonly string[]): string | null {
  if (tokens[0] !== section) return null
  const [, path = '', ...inside] = tokens
  return inside.at(-1) ?? (path.split('/').at(-1) ?? '').replace(/\.\w+$/, '')
}

import {
  type Alias,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  visit
} from 'yaml'
import type { TableFault } from './errors.ts'
import { syntaxFaults } from './yaml-errors.ts'

export type Path = readonly (string | number)[]
/** Records a mistake at a node; `at` is the route or key it belongs to. */
export type Tell = (node: Node, at: string, message: string) => void

/** A key as the plain value of the document has it. */
export const nameOfKey = ({ value }: Scalar) => String(value ?? '')

/** Lines are aligned with spaces, which mean nothing; people do not need to see them. */
export const spell = (key: unknown) => String(key).replace(/ +/, ' ')

/** The route or key that a path belongs to, as people name it. */
export function nameOf(path: Path): string {
  const [section, entry, ...rest] = path
  if (section === undefined) return ''
  if (entry === undefined) return String(section)
  const name = section === 'routes' ? spell(entry) : `${section}.${entry}`
  return [name, ...rest].join(' ')
}

/** The node a path leads to, or the nearest one above it; with `onKey`, the key and not its value. */
export function nodeAt(root: Node | null, path: Path, onKey: boolean): Node | null {
  let node = root
  for (const [index, step] of path.entries()) {
    if (isMap(node)) {
      // Of a key that is there twice, the last one counts.
      const pair = node.items.findLast(({ key }) => isScalar(key) && nameOfKey(key) === `${step}`)
      if (!pair) return node
      const last = index === path.length - 1
      node = ((last && onKey) || pair.value === null ? pair.key : pair.value) as Node
    } else if (isSeq(node)) {
      node = (node.items[Number(step)] as Node | undefined) ?? node
    }
  }
  return node
}

/** Most values that aliases may stand for together; a thousand lines that share what they say need some 10,000. */
const mostValues = 100_000

/** How many values a node has, with those that the aliases in it stand for. */
function sizeOf(node: Node, sizes: ReadonlyMap<Node, number>): number {
  let size = 0
  visit(node, {
    Node(_key, inner) {
      size += sizes.get(inner) ?? 1
    }
  })
  return size
}

/** The first alias by which there are more values than may be, as a few lines can make billions. */
function excessOf(sizes: Map<Alias, number>): Alias | null {
  let all = 0
  for (const [alias, size] of sizes) {
    all += size
    if (all > mostValues) return alias
  }
  return null
}

function faultOf({ source }: Alias, node: Node | undefined, above: readonly unknown[]) {
  if (!node) return `there is no &${source} before it`
  return above.includes(node) ? `it is a part of &${source} itself` : null
}

const scalarAt = ({ range }: Node, value: unknown) => Object.assign(new Scalar(value), { range })

/** Puts a null for each alias that stands for nothing, and for one that is a key the text it stands for. */
function replaceAliases(document: Document, tell: Tell) {
  const anchors = new Map<string, Node>()
  const sizes = new Map<Alias, number>()
  const nulls = new Set<Node>()
  visit(document, {
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
    Alias(key, alias, above) {
      const node = anchors.get(alias.source)
      const fault = faultOf(alias, node, above)
      if (fault !== null) {
        const empty = scalarAt(alias, null)
        nulls.add(empty)
        tell(alias, `*${alias.source}`, fault)
        return empty
      }
      if (node) sizes.set(alias, sizeOf(node, sizes))
      return key === 'key' && isScalar(node) ? scalarAt(alias, node.value) : undefined
    }
  })
  return { sizes, nulls }
}

/**
 * Checks what the aliases of a document stand for. Gives the nulls that are there now for those that stand for
 * nothing, so that the rest can be checked; null where they stand for too much to go on.
 */
export function settleAliases(document: Document, tell: Tell): ReadonlySet<Node> | null {
  const { sizes, nulls } = replaceAliases(document, tell)
  const excess = excessOf(sizes)
  if (!excess) return nulls
  tell(excess, `*${excess.source}`, `aliases stand for more than ${mostValues} values`)
  return null
}

/** Fills `${NAME}` and `${NAME:-default}` into every text of the document. */
function substitute(document: Document, env: NodeJS.ProcessEnv, tell: Tell) {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return
      node.value = node.value.replaceAll(
        /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
        (_all, name: string, fallback: string | undefined) => {
          const value = env[name] || fallback
          const fault = `\${${name}} is not set and has no default (write \${${name}:-default})`
          if (value === undefined) tell(node, '', fault)
          return value ?? ''
        }
      )
    }
  })
}

/** Tells of keys that a map has twice, however they are spelled: of two lines the later one would count. */
function tellTwice(document: Document, nulls: ReadonlySet<Node>, tell: Tell) {
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<string>()
      for (const { key } of items) {
        if (!isScalar(key) || nulls.has(key)) continue
        const name = nameOfKey(key)
        if (seen.has(name)) tell(key, spell(name), 'is there twice')
        seen.add(name)
      }
    }
  })
}

/**
 * Puts what they stand for in the place of variables and aliases, and tells of what cannot be. Gives the nodes whose
 * mistake is told; null where the document cannot be read further.
 */
export function settle(document: Document, env: NodeJS.ProcessEnv, tell: Tell) {
  substitute(document, env, tell)
  const nulls = settleAliases(document, tell)
  if (nulls) tellTwice(document, nulls, tell)
  return nulls
}

/** Records a mistake at the value, or the key, that a path leads to. */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void
export type Source = ReturnType<typeof readSource>

/** Reads the YAML text; gives its plain value, the mistakes found so far, and a way to report more. */
export function readSource(text: string, env: NodeJS.ProcessEnv) {
  const lines = new LineCounter()
  // Keys that are there twice are told by what they stand for, and beside all other mistakes.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false }
  const document = parseDocument(text, options)
  const faults: TableFault[] = []
  const placeOf = (node: Node | null) => lines.linePos(node?.range?.[0] ?? 0)
  const add = ({ line, col }: ReturnType<typeof placeOf>, at: string, message: string) =>
    faults.push({ line, column: col, at, message })
  const tell: Tell = (node, at, message) => add(placeOf(node), at, message)
  for (const { message, ...place } of syntaxFaults(document.errors, text, lines))
    add(place, '', message)
  const told = document.errors.length === 0 ? settle(document, env, tell) : null
  const report: Report = (path, message, at = 'value') => {
    const node = nodeAt(document.contents, path, at === 'key')
    if (!node || !told?.has(node)) add(placeOf(node), nameOf(path), message)
  }
  const lineOf = (path: Path) => placeOf(nodeAt(document.contents, path, true)).line
  // How much aliases stand for is counted by then.
  const value: unknown = told && document.toJS({ maxAliasCount: -1 })
  return { value, readable: told !== null, faults, report, lineOf }
}

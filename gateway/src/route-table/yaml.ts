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
import type { SourceError } from './errors.ts'
import { syntaxErrors } from './yaml-errors.ts'

export type Path = readonly (string | number)[]
/** Records an error at a node; `at` is the route or key it belongs to. */
type ReportNode = (node: Node, at: string, message: string) => void

/** A key as the document's plain value has it. */
const nameOfKey = ({ value }: Scalar) => String(value ?? '')

/** A route's key without the spaces that align it. */
const withoutPadding = (key: unknown) => String(key).replace(/ +/, ' ')

/** The name of a path in messages: `GET /api/users to`, `services.users url`. */
function nameOf(path: Path): string {
  const [section, entry, ...rest] = path
  if (section === undefined) return ''
  if (entry === undefined) return String(section)
  const name = section === 'routes' ? withoutPadding(entry) : `${section}.${entry}`
  return [name, ...rest].join(' ')
}

/** The node at a path, or the nearest one above it; with `onKey`, the key and not its value. */
function nodeAt(root: Node | null, path: Path, onKey: boolean): Node | null {
  let node = root
  for (const [index, step] of path.entries()) {
    if (isMap(node)) {
      // Of a duplicate key, the last one counts.
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

function aliasError({ source }: Alias, node: Node | undefined, ancestors: readonly unknown[]) {
  if (!node) return `the anchor &${source} is not defined above: define it first`
  return ancestors.includes(node) ? `is inside &${source} itself: remove it` : null
}

const scalarAt = ({ range }: Node, value: unknown) => Object.assign(new Scalar(value), { range })

/**
 * Reports aliases without a value, and replaces each by a null, so that the rest can be checked; replaces an alias in a
 * key by its text. Returns the nulls.
 */
function resolveAliases(document: Document, report: ReportNode): ReadonlySet<Node> {
  const anchors = new Map<string, Node>()
  const nulls = new Set<Node>()
  visit(document, {
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
    Alias(key, alias, ancestors) {
      const node = anchors.get(alias.source)
      const error = aliasError(alias, node, ancestors)
      if (error !== null) {
        const empty = scalarAt(alias, null)
        nulls.add(empty)
        report(alias, `*${alias.source}`, error)
        return empty
      }
      return key === 'key' && isScalar(node) ? scalarAt(alias, node.value) : undefined
    }
  })
  return nulls
}

/** Replaces `${NAME}` and `${NAME:-default}` in every text of the document. */
function substitute(document: Document, env: NodeJS.ProcessEnv, report: ReportNode) {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return
      node.value = node.value.replaceAll(
        /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
        (_all, name: string, fallback: string | undefined) => {
          const value = env[name] || fallback
          const message = `\${${name}} is not set and has no default (write \${${name}:-default})`
          if (value === undefined) report(node, '', message)
          return value ?? ''
        }
      )
    }
  })
}

/** Reports keys that a map has twice, in whatever spelling: YAML would use the later one. */
function reportDuplicates(document: Document, nulls: ReadonlySet<Node>, report: ReportNode) {
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<string>()
      for (const { key } of items) {
        if (!isScalar(key) || nulls.has(key)) continue
        const name = nameOfKey(key)
        if (seen.has(name)) report(key, withoutPadding(name), 'appears twice: remove one')
        seen.add(name)
      }
    }
  })
}

/** Records an error at the value, or the key, of a path. */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void
export type Source = ReturnType<typeof readSource>

/** The library's limit of values that the aliases of one anchor expand to; a thousand routes may share a policy. */
const maxAliasCount = 10_000

/**
 * Reads the YAML text, with variables and aliases replaced. Returns its plain value, the errors so far, and functions that
 * report more; `readable` is false where the document has no value to check.
 */
export function readSource(text: string, env: NodeJS.ProcessEnv) {
  const lines = new LineCounter()
  // `reportDuplicates` finds keys that are equal once variables are replaced, too.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false }
  const document = parseDocument(text, options)
  const errors: SourceError[] = []
  const positionOf = (node: Node | null) => lines.linePos(node?.range?.[0] ?? 0)
  const add = ({ line, col }: ReturnType<typeof positionOf>, at: string, message: string) =>
    errors.push({ line, column: col, at, message })
  const reportNode: ReportNode = (node, at, message) => add(positionOf(node), at, message)
  for (const { message, ...position } of syntaxErrors(document.errors, text, lines))
    add(position, '', message)

  let nulls: ReadonlySet<Node> | null = null
  let value: unknown = null
  if (document.errors.length === 0) {
    substitute(document, env, reportNode)
    nulls = resolveAliases(document, reportNode)
    reportDuplicates(document, nulls, reportNode)
    try {
      value = document.toJS({ maxAliasCount })
    } catch {
      nulls = null
      const message = `an alias expands to more than ${maxAliasCount} values: write them out`
      add(positionOf(document.contents), '', message)
    }
  }
  const report: Report = (path, message, at = 'value') => {
    const node = nodeAt(document.contents, path, at === 'key')
    if (!node || !nulls?.has(node)) add(positionOf(node), nameOf(path), message)
  }
  const lineOf = (path: Path) => positionOf(nodeAt(document.contents, path, true)).line
  return { value, readable: nulls !== null, errors, report, lineOf }
}

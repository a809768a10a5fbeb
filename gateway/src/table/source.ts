import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { TableFault } from './faults.ts'

export type Path = readonly (string | number)[]
/** Records a mistake at the value, or the key, that a path leads to. */
export type Report = (path: Path, message: string, at?: 'key' | 'value') => void
export type Source = ReturnType<typeof readSource>

/** The route or key that a path belongs to, as people name it. */
function nameOf(path: Path): string {
  const [section, entry, ...rest] = path
  if (section === undefined) return ''
  if (entry === undefined) return String(section)
  const name = section === 'routes' ? spell(entry) : `${section}.${entry}`
  return [name, ...rest].join(' ')
}

/** Lines are aligned with spaces, which mean nothing. */
const spell = (key: unknown) => String(key).replace(/ +/, ' ')

/** The node a path leads to, or the nearest one above it; with `onKey`, the key and not its value. */
function nodeAt(root: Node | null, path: Path, onKey: boolean): Node | null {
  let node = root
  for (const [index, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && spell(key.value) === spell(step))
      if (!pair) return node
      const last = index === path.length - 1
      node = ((last && onKey) || pair.value === null ? pair.key : pair.value) as Node
    } else if (isSeq(node)) {
      node = (node.items[Number(step)] as Node | undefined) ?? node
    }
  }
  return node
}

/** Fills `${NAME}` and `${NAME:-default}` into every text of the document. */
function substitute(document: ReturnType<typeof parseDocument>, env: NodeJS.ProcessEnv) {
  const missing: { offset: number; name: string }[] = []
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return
      node.value = node.value.replaceAll(
        /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
        (_all, name: string, fallback: string | undefined) => {
          const value = env[name] || fallback
          if (value === undefined) missing.push({ offset: node.range?.[0] ?? 0, name })
          return value ?? ''
        }
      )
    }
  })
  return missing
}

/** Reads the YAML text; gives its plain value, the mistakes found so far, and a way to report more. */
export function readSource(text: string, env: NodeJS.ProcessEnv) {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults: TableFault[] = []
  const add = (offset: number, at: string, message: string) => {
    const { line, col } = lines.linePos(offset)
    faults.push({ line, column: col, at, message })
  }
  for (const { code, pos, message } of document.errors) {
    const twice =
      code === 'DUPLICATE_KEY' ? /^[^:]*(?::[^\s:]+)*/.exec(text.slice(pos[0]))?.[0] : null
    if (twice) add(pos[0], spell(twice), 'is there twice')
    else add(pos[0], '', message)
  }
  const readable = document.errors.length === 0
  if (readable) {
    for (const { offset, name } of substitute(document, env)) {
      add(offset, '', `\${${name}} is not set and has no default (write \${${name}:-default})`)
    }
  }
  const report: Report = (path, message, at = 'value') => {
    const node = nodeAt(document.contents, path, at === 'key')
    add(node?.range?.[0] ?? 0, nameOf(path), message)
  }
  const lineOf = (path: Path) => {
    const node = nodeAt(document.contents, path, true)
    return lines.linePos(node?.range?.[0] ?? 0).line
  }
  return { value: readable ? (document.toJS() as unknown) : null, readable, faults, report, lineOf }
}

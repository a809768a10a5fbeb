import { LineCounter, type Node, parseDocument } from 'yaml'
import type { TableFault } from './faults.ts'
import { nameOf, nodeAt, type Path, type Tell } from './place.ts'
import { settle } from './settle.ts'

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
  for (const { pos, message } of document.errors) add(lines.linePos(pos[0]), '', message)
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

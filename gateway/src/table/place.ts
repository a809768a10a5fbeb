import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml'

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

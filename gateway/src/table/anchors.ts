import { type Alias, type Document, isScalar, type Node, Scalar, visit } from 'yaml'
import type { Tell } from './place.ts'

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

import { type Document, isScalar, type Node, visit } from 'yaml'
import { settleAliases } from './anchors.ts'
import { nameOfKey, spell, type Tell } from './place.ts'

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

import { type Kind, sections } from './grammar.ts'
import { isObject, type Json, objectIn, tokensOf, valueAt } from './json.ts'
import { stub } from './normalise.ts'
import { rewrite, type Visit } from './walk.ts'

/** A document that components are taken from. */
export interface Origin {
  /** The service; empty for the gateway itself. */
  service: string
  /** Stands before the names of its components where they must be told apart; `Orders`. */
  prefix: string
  document: Json
  /** What is done to every object that is taken. */
  visit: Visit
}

/** A component on its way into the combined document; its references are keys of other components. */
export interface Component {
  key: string
  prefix: string
  section: string
  kind: Kind
  /** What its origin calls it. */
  name: string
  node: unknown
}

/** Marks the keys of components among the strings of a document. */
export const mark = '\u0001'

const lawful = (token: string) => token.replaceAll(/[^A-Za-z0-9._-]+/g, '_')

/** The name of a component, or one made of the way to what is referred to in the middle of a document. */
function nameOf(reference: string): string {
  const tokens = tokensOf(reference) ?? []
  const named = tokens[0] === 'components' ? tokens.slice(2) : tokens
  if (named.length < 2) return named.map(lawful).join()
  return named.map((token) => lawful(token).replaceAll(/^_|_$/g, '')).join('_')
}

/** Discriminator values that name a schema, with each of them replaced. */
function mapped(node: Json, replace: (reference: string) => string | undefined): Json {
  const { discriminator } = node
  if (!isObject(discriminator) || !isObject(discriminator.mapping)) return node
  const mapping = Object.entries(discriminator.mapping).flatMap(([value, target]) => {
    const replaced = replace(String(target))
    return replaced === undefined ? [] : [[value, replaced] as const]
  })
  return { ...node, discriminator: { ...discriminator, mapping: Object.fromEntries(mapping) } }
}

/** Visits every reference: `replace` gives what it becomes, or undefined where it leads nowhere. */
export function referring(replace: (reference: string, kind: Kind) => string | undefined): Visit {
  return (node, kind) => {
    const schema = kind === 'schema' ? mapped(node, (target) => replace(target, kind)) : node
    if (typeof schema.$ref !== 'string') return schema
    const $ref = replace(schema.$ref, kind)
    return $ref === undefined ? stub(schema, kind) : { ...schema, $ref }
  }
}

/** Gathers parts of several documents together with every component that they reach. */
export function createPool() {
  const components = new Map<string, Component>()
  const waiting: (() => void)[] = []

  function take(origin: Origin, node: unknown, kind: Kind): unknown {
    const refer = referring((reference, target) => claim(origin, reference, target))
    return rewrite(node, kind, (part, place) => {
      const visited = origin.visit(part, place)
      return visited && refer(visited, place)
    })
  }

  function claim(origin: Origin, reference: string, kind: Kind): string | undefined {
    const section = sections[kind]
    const target = valueAt(origin.document, reference)
    if (section === undefined || target === undefined) return undefined
    const key = `${mark}${origin.service} ${section} ${reference}`
    if (components.has(key)) return key
    const component: Component = {
      key,
      prefix: origin.prefix,
      section,
      kind,
      name: nameOf(reference),
      node: {}
    }
    components.set(key, component)
    waiting.push(() => {
      component.node = take(origin, target, kind)
    })
    return key
  }

  return {
    /** A copy of `node` whose references are keys; what they reach is gathered. */
    take(origin: Origin, node: unknown, kind: Kind): Json {
      const taken = take(origin, node, kind)
      for (let next = waiting.pop(); next; next = waiting.pop()) next()
      return objectIn(taken)
    },
    components: () => [...components.values()]
  }
}

import { createHash } from 'node:crypto'
import { nameInFile } from './files.ts'
import { canonical, isObject, type Json, objectIn, tokensOf, valueAt } from './json.ts'
import { type Kind, sections } from './objects.ts'
import { rewrite, type Visit } from './traverse.ts'
import { kindNamed, stub } from './upgrade.ts'

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
  const inFile = nameInFile(tokens)
  if (inFile !== null) return lawful(inFile)
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

type Replace = (reference: string, kind: Kind) => string | undefined

/** The references in an extension, each replaced; of what else it may hold nothing is known. */
function extension(value: unknown, replace: Replace): unknown {
  if (Array.isArray(value)) return value.map((part) => extension(part, replace))
  if (!isObject(value)) return value
  const { $ref } = value
  if (typeof $ref === 'string')
    return { ...value, $ref: replace($ref, kindNamed($ref) ?? 'schema') ?? $ref }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, extension(part, replace)])
  )
}

function extended(node: Json, replace: Replace): Json {
  const keys = Object.keys(node).filter(
    (key) => key.startsWith('x-') && typeof node[key] === 'object'
  )
  if (keys.length === 0) return node
  return { ...node, ...Object.fromEntries(keys.map((key) => [key, extension(node[key], replace)])) }
}

/** Visits every reference: `replace` gives what it becomes, or undefined where it leads nowhere. */
export function referring(replace: Replace): Visit {
  return (given, kind) => {
    const node = kind === 'callback' ? given : extended(given, replace)
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

const keyed = new RegExp(`"\\\\u000${mark.charCodeAt(0)}(?:[^"\\\\]|\\\\.)*"`, 'g')

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/**
 * Puts components that say the same into one class. Two are the same where their names and texts are, and
 * what they refer to is the same again: classes are split until no reference tells two members apart, which
 * also ends where schemas refer to themselves.
 */
function classesOf(components: readonly Component[]): Map<string, string> {
  const texts = components.map(({ key, section, name, node }) => {
    const text = canonical(node)
    const references = (text.match(keyed) ?? []).map((found) => String(JSON.parse(found)))
    return { key, references, own: digest(`${section} ${name} ${text.replaceAll(keyed, '')}`) }
  })
  let classes = new Map(texts.map(({ key, own }) => [key, own]))
  for (let count = 0; count < new Set(classes.values()).size; ) {
    count = new Set(classes.values()).size
    const before = classes
    classes = new Map(
      texts.map(({ key, references, own }) => {
        const reached = references.map((reference) => before.get(reference) ?? reference)
        return [key, digest([own, ...reached].join(' '))]
      })
    )
  }
  return classes
}

function freeName({ prefix, name }: Component, taken: ReadonlySet<string>): string {
  const prefixed = prefix + name
  const candidates = [name, prefixed]
  for (let count = 2; ; count += 1) {
    const candidate = candidates.shift() ?? `${prefixed}${count}`
    if (candidate !== '' && !taken.has(candidate)) return candidate
  }
}

/** A service after the other, and those with a name of their own first: the order of paths does not matter. */
function inOrder(components: readonly Component[]): Component[] {
  const ranks = new Map(
    [...new Set(components.map(({ prefix }) => prefix))].map((prefix, at) => [prefix, at])
  )
  const isNamed = ({ key }: Component) =>
    key.includes(' #/components/') && key.split('/').length === 4
  const rank = (component: Component) =>
    2 * (ranks.get(component.prefix) ?? 0) + (isNamed(component) ? 0 : 1)
  return components.toSorted(
    (one, other) => rank(one) - rank(other) || (one.key < other.key ? -1 : 1)
  )
}

/**
 * The name of each component in the combined document, by its key. The same ones share a name; of different
 * ones with one name the first keeps it and the others get that of their service before it.
 */
export function nameComponents(components: readonly Component[]): Map<string, string> {
  const classes = classesOf(components)
  const names = new Map<string, string>()
  const taken = new Map<string, Set<string>>()
  for (const component of inOrder(components)) {
    const { key, section } = component
    const group = classes.get(key) ?? key
    if (names.has(group)) continue
    const used = taken.get(section) ?? new Set()
    const name = freeName(component, used)
    names.set(group, name)
    taken.set(section, used.add(name))
  }
  return new Map(components.map(({ key }) => [key, names.get(classes.get(key) ?? key) ?? '']))
}

/** Every component that some path reaches, as `#/components/…`; throws where a reference leads nowhere. */
function reachedFrom(document: Json): Set<string> {
  const reached = new Set<string>()
  const waiting: [reference: string, kind: Kind][] = []
  const note = referring((reference, kind) => {
    if (!reached.has(reference)) waiting.push([reference, kind])
    reached.add(reference)
    return reference
  })
  const items = [document.paths, document.webhooks].flatMap((named) =>
    Object.values(objectIn(named))
  )
  for (const item of items) rewrite(item, 'pathItem', note)
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [reference, kind] = next
    const target = valueAt(document, reference)
    if (target === undefined) throw new Error(`${reference} leads nowhere in the combined document`)
    rewrite(target, kind, note)
  }
  return reached
}

/**
 * The document with those components only that its paths reach, and the security schemes, which are named and
 * not referred to. Throws where a reference dangles.
 */
export function prune(document: Json): Json {
  const reached = reachedFrom(document)
  const sections = Object.entries(objectIn(document.components)).flatMap(([section, named]) => {
    const kept = Object.entries(objectIn(named))
      .filter(
        ([name]) => section === 'securitySchemes' || reached.has(`#/components/${section}/${name}`)
      )
      .sort(([one], [other]) => (one < other ? -1 : 1))
    return kept.length > 0 ? [[section, Object.fromEntries(kept)] as const] : []
  })
  return { ...document, components: Object.fromEntries(sections) }
}

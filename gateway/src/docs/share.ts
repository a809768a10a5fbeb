import { createHash } from 'node:crypto'
import { canonical } from './json.ts'
import { type Component, mark } from './pool.ts'

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

/**
 * The name of each component in the combined document, by its key. The same ones share a name; of different
 * ones with one name the first keeps it and the others get that of their service before it.
 */
export function nameComponents(components: readonly Component[]): Map<string, string> {
  const classes = classesOf(components)
  const names = new Map<string, string>()
  const taken = new Map<string, Set<string>>()
  for (const component of components) {
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

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object that stands here, or an empty one. */
export function objectIn(value: unknown): Json {
  return isObject(value) ? value : {}
}

/** The list that stands here, or an empty one. */
export function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** A copy without these keys. */
export function without(value: Json, ...keys: string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}

const isLong = /(?:^|[\s[,:])-?\d{16}/

/** JSON with every integer exact: those that a double cannot hold become a BigInt. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!isLong.test(text)) return JSON.parse(text)
  const exact = (_: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source as string)
      : value
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown)
}

/** A pattern as JSON Schema has it (ECMA-262 with Unicode), or without Unicode where it is only that; null where it is none. */
export function patternOf(source: string): RegExp | null {
  for (const flags of ['u', '']) {
    try {
      return RegExp(source, flags)
    } catch {}
  }
  return null
}

const raw = (_: string, value: unknown) =>
  typeof value === 'bigint'
    ? (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(`${value}`)
    : value

/** A value as JSON, with each BigInt as a number; `null` where JSON has no word for it. */
export function writeJson(value: unknown, space?: number): string {
  if (typeof value === 'bigint') return `${value}`
  try {
    return JSON.stringify(value, null, space) ?? 'null'
  } catch {
    // A BigInt is the exception: the replacer is called for each value, which takes its time.
    return JSON.stringify(value, raw, space)
  }
}

/** Text that is the same for equal values, whatever the order of their keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return writeJson(value)
  let text = ''
  for (const key of Object.keys(value).sort()) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(value[key])}`
  }
  return `{${text}}`
}

function unescaped(token: string): string {
  return token.includes('~') ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token
}

/** Without percent-encoding; as it stands where it has a stray `%`. */
function decoded(reference: string): string {
  if (!reference.includes('%')) return reference
  try {
    return decodeURIComponent(reference)
  } catch {
    return reference
  }
}

/** The tokens of a local reference such as `#/components/schemas/User` (RFC 6901); null for any other. */
export function tokensOf(reference: string): string[] | null {
  if (!reference.startsWith('#/')) return null
  return decoded(reference).slice(2).split('/').map(unescaped)
}

/** What a local reference points at in `document`; undefined where nothing is. */
export function valueAt(document: unknown, reference: string): unknown {
  let value = document
  for (const token of tokensOf(reference) ?? ['']) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token))
      return undefined
    value = (value as Json)[token]
  }
  return value
}

/** Where a chain of references ends; undefined where it is broken or goes round in circles. */
export function follow(document: Json, node: unknown): Json | undefined {
  let target = node
  for (let hops = 0; hops < 20; hops += 1) {
    if (!isObject(target)) return undefined
    if (typeof target.$ref !== 'string') return target
    target = valueAt(document, target.$ref)
  }
  return undefined
}

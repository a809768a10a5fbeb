import { type Static, type TSchema, Type } from 'typebox'

/** The canonical spelling of a UUID: no other one resolves (guarantee E3). */
export const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
const uuid = new RegExp(uuidPattern)

/** Says whether `text` is a UUID in its canonical spelling. */
export function isId(text: string): boolean {
  return uuid.test(text)
}

/** A UUID in its canonical spelling. */
export const Id = Type.String({ format: 'uuid', pattern: uuidPattern, maxLength: 36 })

const unstorable = '\\u0000\\ud800-\\udfff'
// What nobody sees: white space, controls, and the zero-width characters of Unicode.
const invisible =
  '\\s\\u0001-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0'

/**
 * Of a text that says something: at least one visible character, and nothing that PostgreSQL cannot store. The first
 * visible character is found without going back, so that a match takes time in proportion to the length.
 */
export const textPattern = `^[${invisible}]*[^${invisible}${unstorable}][^${unstorable}]*$`

/** Of a text without half a character (a lone surrogate, of which UTF-8 has no form); anything else may stand in it. */
export const wholeText = '^[^\\ud800-\\udfff]*$'

/** Of a text whose content is checked elsewhere, or may be anything. */
export const anyText = '^[\\s\\S]*$'

/** The query of an operation that takes none: a parameter that nobody reads is refused, not ignored. */
export const NoQuery = Type.Object({}, { additionalProperties: false })

/** A schema with a public name: its name in OpenAPI and the target of `ref()`. */
export type Component<T extends TSchema = TSchema> = T & { $id: string }

/** Names `schema`, so that OpenAPI lists it once and every use of it points there. */
export function component<T extends TSchema>(name: string, schema: T): Component<T> {
  return Object.assign(schema, { $id: name })
}

/** Points at a component, so that OpenAPI shows its name instead of a copy of it. */
export function ref<T extends TSchema>(schema: Component<T>, description?: string) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#`, ...(description && { description }) })
}

/** A list of a component; `description` says what the list is in a response. */
export function list<T extends TSchema>(schema: Component<T>, description: string) {
  return Type.Array(ref(schema), { description, maxItems: 100 })
}

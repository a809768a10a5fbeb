import { type Static, type TSchema, Type } from 'typebox'

/** The canonical spelling of a UUID: no other one resolves (PROMISES E3). */
export const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
const uuid = new RegExp(uuidPattern)

/** Says whether `text` is a UUID in its canonical spelling. */
export function isId(text: string): boolean {
  return uuid.test(text)
}

/** A UUID in its canonical spelling. */
export const Id = Type.String({ format: 'uuid', pattern: uuidPattern, maxLength: 36 })

const storable = '[^\\u0000\\ud800-\\udfff]'
const visible = '[^\\s\\u0000\\ud800-\\udfff]'

/** Of a text that says something: not only white space, and nothing that PostgreSQL cannot store. */
export const textPattern = `^${storable}*${visible}${storable}*$`

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

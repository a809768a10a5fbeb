import { type Static, type TSchema, Type } from 'typebox'

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

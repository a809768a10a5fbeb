import type { Place } from './place.ts'

/** `number` is both whole and broken numbers, so that `integer` is a part of it. */
export const types = [
  'null',
  'boolean',
  'integer',
  'fraction',
  'string',
  'array',
  'object'
] as const
export type Type = (typeof types)[number]

/** The type of a value, in the words of `types`. */
export function typeOf(value: unknown): Type {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction'
  return typeof value as Type
}

/** A keyword with its value and where it stands. */
export interface Said {
  value: unknown
  /** What two equal ones have in common. */
  spelling: string
  place: Place
}

/** What one schema says of the properties of an object: those that it does not name are its `additional`. */
export interface Shape {
  properties: Place
  patterns: Place
  additional: Place
}

/** A schema without references and `allOf`: everything here holds at once. */
export interface Flat {
  place: Place
  types: ReadonlySet<Type>
  /** The values of `enum` or `const`; null where there is neither. */
  values: readonly unknown[] | null
  /** All other assertions by keyword. */
  said: ReadonlyMap<string, readonly Said[]>
  required: ReadonlySet<string>
  shapes: readonly Shape[]
  items: readonly Place[]
  /** `anyOf` and `oneOf`: of each list, one holds. */
  choices: readonly (readonly Place[])[]
}

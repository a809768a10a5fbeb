import type { TSchema } from 'typebox'
import type { Path } from './place.ts'
import { TableFile } from './schema.ts'

/** The steps of a JSON pointer (RFC 6901). */
export function pathOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Walks the schema along a path, as far as it is described. */
export function schemaAt(path: Path): TSchema & { description?: string } {
  let schema: TSchema & Partial<Record<string, Record<string, TSchema>>> = TableFile as TSchema
  for (const step of path) {
    const named = schema.properties?.[step]
    const mapped = Object.values(schema.patternProperties ?? {})[0]
    const next = named ?? mapped ?? (schema.items as TSchema | undefined)
    if (!next) return schema
    schema = next as typeof schema
  }
  return schema
}

/** Where a choice of forms fails, every form complains; the one place that says what is expected is its top. */
export function topOf(path: string[]): string[] {
  for (let length = 1; length <= path.length; length += 1) {
    const schema = schemaAt(path.slice(0, length)) as TSchema & { anyOf?: unknown }
    if (schema.anyOf) return path.slice(0, length)
  }
  return path
}

/** The keys that the schema names at a path, for suggestions. */
export function knownKeys(path: Path): string[] {
  const schema = schemaAt(path) as TSchema & { properties?: Record<string, unknown> }
  return Object.keys(schema.properties ?? {})
}

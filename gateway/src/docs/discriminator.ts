import { isObject, type Json, listIn, objectIn } from './json.ts'

const schemas = '#/components/schemas/'

function nameIn(reference: unknown): string | null {
  if (typeof reference !== 'string' || !reference.startsWith(schemas)) return null
  return reference.slice(schemas.length).replaceAll('~1', '/').replaceAll('~0', '~')
}

const referenceTo = (name: string) => schemas + name.replaceAll('~', '~0').replaceAll('/', '~1')

/** Which schemas say by `allOf` that they are kinds of this one. */
function childrenIn(components: Json) {
  const children = new Map<string, string[]>()
  for (const [child, schema] of Object.entries(components)) {
    for (const part of listIn(objectIn(schema).allOf)) {
      const parent = nameIn(objectIn(part).$ref)
      if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), child])
    }
  }
  return children
}

/**
 * Gives a function that writes out the mapping which a discriminator implies by the names of schemas, so that
 * a schema may be renamed; bare names in a mapping become references, and what leads nowhere is left out.
 */
export function discriminated(document: Json) {
  const components = objectIn(objectIn(document.components).schemas)
  const children = childrenIn(components)
  const names = new Map(Object.entries(components).map(([name, schema]) => [schema, name]))

  function implied(schema: Json): string[] {
    const variants = [...listIn(schema.oneOf), ...listIn(schema.anyOf)]
    if (variants.length > 0) {
      return variants
        .map((variant) => nameIn(objectIn(variant).$ref))
        .filter((name) => name !== null)
    }
    return children.get(names.get(schema) ?? '') ?? []
  }

  return (schema: Json, original: Json): Json => {
    const { discriminator } = schema
    if (!isObject(discriminator) || typeof discriminator.propertyName !== 'string') return schema
    const written = Object.entries(objectIn(discriminator.mapping)).flatMap(([value, target]) => {
      const name = Object.hasOwn(components, String(target)) ? String(target) : nameIn(target)
      return name !== null && Object.hasOwn(components, name)
        ? [[value, referenceTo(name)] as const]
        : []
    })
    const mapped = new Set(written.map(([, reference]) => reference))
    const rest = implied(original).map((name) => [name, referenceTo(name)] as const)
    const mapping = [...rest.filter(([, reference]) => !mapped.has(reference)), ...written]
    return { ...schema, discriminator: { ...discriminator, mapping: Object.fromEntries(mapping) } }
  }
}

const segments = (path: string) => path.split('/')
const braced = /^\{([^{}]+)\}$/

/** `/users/:id` of the table as OpenAPI writes it: `/users/{id}`. */
export function templateOf(path: string): string {
  return path.replaceAll(/\/:([^/]+)/g, '/{$1}')
}

/** Two templates of one shape are one path: `/users/{}`. */
export function shapeOf(template: string): string {
  return template.replaceAll(/\{[^{}]*\}/g, '{}')
}

/** Names of the parameters of a template, in order. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

/**
 * What each parameter of an upstream template is in the path that the gateway asks for: the name of a
 * parameter of the line, or null where the gateway fills it in. Null where the two are not one shape.
 */
export function bind(asked: string, template: string): Map<string, string | null> | null {
  const [ours, theirs] = [segments(asked), segments(template)]
  if (ours.length !== theirs.length) return null
  const names = new Map<string, string | null>()
  for (const [index, segment] of ours.entries()) {
    const other = theirs[index] ?? ''
    const name = braced.exec(other)?.[1]
    const filled = segment.startsWith('$')
      ? null
      : segment.startsWith(':')
        ? segment.slice(1)
        : other
    if (filled !== other && name !== undefined) names.set(name, filled)
    else if (segment !== other) return null
  }
  return names
}

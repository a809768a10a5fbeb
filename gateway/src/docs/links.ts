import { type Json, tokensOf } from './json.ts'
import type { Published } from './select.ts'

/** Finds the public name of the operation that a link means, by its operationId or its pointer. */
export function linkFinder(
  published: readonly Published[],
  ids: Map<Published, string>,
  service: string
) {
  return ({ operationId, operationRef }: Json): string | undefined => {
    const [, path, method] = tokensOf(String(operationRef ?? '')) ?? []
    const entry = published.find(({ route, source, method: own }) => {
      if (route.service.name !== service || source === null) return false
      if (operationId !== undefined) return source.operation.operationId === operationId
      return own === method && path !== undefined && source.templates.includes(path)
    })
    return entry && ids.get(entry)
  }
}

import type { Published } from './select.ts'
import { namesIn, shapeOf } from './templates.ts'

/** Gives paths of one shape the spelling of the first of them: OpenAPI allows only one. */
export function spellAlike(published: Published[]): Published[] {
  const spellings = new Map<string, string>()
  return published.map((entry) => {
    const shape = shapeOf(entry.path)
    const path = spellings.get(shape) ?? entry.path
    spellings.set(shape, path)
    const spelled = namesIn(path)
    const renamed = new Map(
      namesIn(entry.path).map((name, index) => [name, spelled[index] ?? name])
    )
    const names = [...entry.names].map(
      ([theirs, ours]) => [theirs, ours === null ? null : (renamed.get(ours) ?? ours)] as const
    )
    const owner = entry.route.owner && (renamed.get(entry.route.owner) ?? entry.route.owner)
    return { ...entry, route: { ...entry.route, owner }, path, names: new Map(names) }
  })
}

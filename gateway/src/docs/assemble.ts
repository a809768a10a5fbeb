import { createResponses } from './answer-headers.ts'
import { type AllDescribed, collect } from './collect.ts'
import { type Json, objectIn } from './json.ts'
import { nameOperations } from './operation-ids.ts'
import { bearerAuth } from './own.ts'
import { withPolicy } from './policy.ts'
import { referring } from './pool.ts'
import type { Published } from './select.ts'
import { rewrite } from './walk.ts'

type Components = Record<string, Json>

/** The responses that callbacks refer to: what the gateway answers is no matter of theirs. */
function reservedIn(operations: readonly Json[], { callbacks, pathItems, responses }: Components) {
  const reserved = new Map<string, Json>()
  const note = referring((reference, kind) => {
    const name = reference.split('/').at(-1) ?? ''
    if (kind === 'response') reserved.set(name, objectIn(responses?.[name]))
    return reference
  })
  const all = [callbacks, ...operations.map((operation) => operation.callbacks)]
  for (const callback of all.flatMap((named) => Object.values(objectIn(named)))) {
    rewrite(callback, 'callback', note)
  }
  for (const item of Object.values(pathItems ?? {})) rewrite(item, 'pathItem', note)
  return reserved
}

/** The paths and components of the combined document. */
export function assemble(published: readonly Published[], all: AllDescribed) {
  const ids = nameOperations(published)
  const { taken, settle, components } = collect(published, ids, all)
  const settled = taken.map(({ entry, node }) => {
    return { entry, operation: rewrite(node, 'operation', settle) as Json }
  })
  const operations = settled.map(({ operation }) => operation)
  const responses = createResponses(reservedIn(operations, components))
  const [root, { finish }] = [{ components }, responses]
  const paths = new Map<string, Json>()
  for (const { entry, operation } of settled) {
    const { route, method, path, source } = entry
    const described = source !== null
    const drifted = !described && all.has(route.service.name)
    const operationId = ids.get(entry) ?? ''
    const policed = { route, operationId, method, described, drifted, root, finish }
    const item = paths.get(path) ?? {}
    paths.set(path, { ...item, [method]: item[method] ?? withPolicy(operation, policed) })
  }
  return {
    paths: Object.fromEntries(paths),
    components: {
      ...components,
      responses: responses.components(),
      securitySchemes: { bearerAuth }
    }
  }
}

import type { Report } from './finding.ts'
import type { Json } from './json.ts'
import { operationsOf } from './source-operations.ts'
import { shapeOf } from './templates.ts'

/**
 * Tells operations whose paths differ from another's in the names of their parameters alone. OpenAPI calls such paths
 * identical (section "Paths Object"), so that only the first can be described.
 */
export function checkTwins(document: Json, report: Report) {
  const first = new Map<string, string>()
  for (const { method, templates } of operationsOf(document)) {
    const path = templates.at(-1) ?? ''
    const request = `${method} ${shapeOf(path)}`
    const known = first.get(request)
    first.set(request, known ?? path)
    if (known === undefined) continue
    const trail = { up: { up: { up: null, key: 'paths' }, key: path }, key: method }
    report('warning', trail, `is the same operation as that of ${known}, which is described`)
  }
}

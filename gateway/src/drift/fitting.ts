import Schema from 'typebox/schema'
import { follow, type Json, listIn } from '../docs/json.ts'
import type { Described } from '../docs/merge.ts'
import type { Published } from '../docs/select.ts'
import type { SourceOperation } from '../docs/source-operations.ts'
import { Field, fieldOf } from '../guard/fields.ts'
import { parametersOf } from '../table/paths.ts'
import type { Route } from '../table/route.ts'
import { type Misfit, pointerOf } from './lines.ts'

/** As the users service makes them: UUIDs of version 7. */
const exampleId = '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90'
const identity = ['request-user-id', 'request-user-type']

interface Context {
  route: Route
  /** Where the operation stands. */
  at: string
  document: Json
}

function declared({ item, operation }: SourceOperation, { document }: Described): Json[] {
  const nodes = [...listIn(item.parameters), ...listIn(operation.parameters)]
  return nodes.map((node) => follow(document, node)).filter((node) => node !== undefined)
}

/** A header field that the service demands and that never reaches it on this line. */
function headerFault({ name, required }: Json, { route, at }: Context): Misfit | null {
  if (required !== true) return null
  const field = String(name).toLowerCase()
  const isPublic = route.allow.includes('public')
  const service = { says: `the header ${field} is required`, at }
  const base = { severity: 'breaking' as const, service }
  if (identity.includes(field)) {
    if (!isPublic) return null
    return {
      ...base,
      rule: 'identity-missing',
      message: 'the service needs a user, and a public line has none'
    }
  }
  const { kind } = fieldOf(field)
  const isKept =
    field === 'authorization' ? isPublic : kind !== Field.dropped && kind !== Field.connection
  if (isKept || field === 'request-signature') return null
  return { ...base, rule: 'header-not-forwarded', message: `the gateway does not forward ${field}` }
}

/** What the gateway fills in for a parameter, where that is no value of it. */
function filledFault(
  { name, schema }: Json,
  { names }: Published,
  context: Context
): Misfit | null {
  const { route, at, document } = context
  const meant = follow(document, schema)
  if (names.get(String(name)) !== null || meant === undefined) return null
  if (Schema.Check(meant, exampleId)) return null
  const says = `${name} is ${JSON.stringify(meant.type ?? meant)}`
  const message = `${route.target} fills in an id, which ${name} cannot be`
  return { severity: 'breaking', rule: 'parameter-mismatch', message, service: { says, at } }
}

/** Parameters of a line that nothing is made of. */
function unusedFaults({ target, path, owner }: Route, at: string): Misfit[] {
  if (target === null) return []
  const used = [...parametersOf(target), owner]
  return parametersOf(path)
    .filter((name) => !used.includes(name))
    .map((name) => ({
      severity: 'warning',
      rule: 'parameter-unused',
      message: `:${name} is neither forwarded nor the owner`,
      service: { says: `asked for as ${target}`, at }
    }))
}

/** Parameters of an operation that the line cannot give what they need. */
export function parameterFaults(
  entry: Published,
  source: SourceOperation,
  described: Described
): Misfit[] {
  const { route } = entry
  const at = pointerOf(route.service.name, source)
  const context = { route, at, document: described.document }
  const faults = declared(source, described).map((parameter) => {
    if (parameter.in === 'header') return headerFault(parameter, context)
    return parameter.in === 'path' ? filledFault(parameter, entry, context) : null
  })
  return [...faults.filter((fault) => fault !== null), ...unusedFaults(route, at)]
}

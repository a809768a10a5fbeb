import { SessionAnswer } from '../auth/issue.ts'
import { type Json, objectIn } from '../docs/json.ts'
import type { Described } from '../docs/merge.ts'
import type { SourceOperation } from '../docs/source-operations.ts'
import type { Route } from '../table/route.ts'
import { flatten } from './flatten.ts'
import { type Misfit, pointerOf } from './lines.ts'
import { below, followed, keysOf, type Place, rootOf } from './place.ts'
import { knownNames } from './shapes.ts'

function answersOf({ operation }: SourceOperation, { document }: Described): Place[] {
  const responses = below(rootOf({ ...document, operation }), 'operation', 'responses')
  return keysOf(responses)
    .filter((status) => /^[12]/.test(status))
    .map((status) => ({ ...followed(below(responses, status)), status }))
}

const mediaOf = (answers: readonly Place[]) =>
  answers.flatMap((answer) => keysOf(below(answer, 'content')))

/** What `issue: token` reads and the service does not say that it answers. */
function issueFaults(answers: readonly Place[], at: string): Misfit[] {
  const schemas = answers.flatMap((answer) => {
    const content = below(answer, 'content')
    return keysOf(content).map((type) => below(content, type, 'schema'))
  })
  const known = new Set(schemas.flatMap((schema) => [...knownNames(flatten(schema))]))
  const missing = Object.keys(SessionAnswer.properties).filter((name) => !known.has(name))
  if (missing.length === 0) return []
  const message = `issue: token needs ${missing.join(', ')}, which the answer does not have`
  const says = `answers ${[...known].join(', ') || 'no fields'}`
  return [{ severity: 'breaking', rule: 'issue-mismatch', message, service: { says, at } }]
}

function streamFaults(
  { stream }: Route,
  source: SourceOperation,
  answers: readonly Place[],
  at: string
): Misfit[] {
  const types = mediaOf(answers)
  const switches = '101' in objectIn(source.operation.responses as Json)
  const kind = types.includes('text/event-stream') ? 'sse' : switches ? 'websocket' : null
  if (kind === stream) return []
  const said = { sse: 'events (text/event-stream)', websocket: 'a WebSocket (101)' }
  const says =
    kind === null ? `answers ${types.join(', ') || 'without a body'}` : `answers ${said[kind]}`
  const message =
    stream === null
      ? `it is a stream, so the line needs stream: ${kind}`
      : `the line says stream: ${stream}`
  return [{ severity: 'breaking', rule: 'stream-mismatch', message, service: { says, at } }]
}

/** Answers of an operation that are not what the line makes of them. */
export function answerFaults(
  route: Route,
  source: SourceOperation,
  described: Described
): Misfit[] {
  const at = pointerOf(route.service.name, source)
  const answers = answersOf(source, described)
  return [
    ...(route.issue === 'token' ? issueFaults(answers, at) : []),
    ...streamFaults(route, source, answers, at)
  ]
}

import { suggestion } from './faults.ts'
import { parametersOf, pathFault, takesReserved, targetFault } from './paths.ts'
import type { RouteEntry } from './route-entry.ts'
import type { TableFile } from './schema.ts'
import { durationFault } from './units.ts'

const variables = ['$user.id', '$user.session']

/** One line on its way to a Route, with what its checks need. */
export interface Line {
  /** As written: `POST /api/users`. */
  key: string
  method: string
  path: string
  entry: RouteEntry
  file: TableFile
  /** Records a mistake at a key of the line, or at the line itself. */
  report: (message: string, field?: keyof RouteEntry) => void
}

function checkPath({ path, report }: Line) {
  const fault = pathFault(path)
  if (fault) report(`the path ${fault}`)
  if (takesReserved(path)) report('the gateway itself answers this path')
}

/** Reports parameters and variables that the line cannot fill. */
function checkReferences({ path, entry, report }: Line, isPublic: boolean) {
  const names = parametersOf(path)
  if (entry.owner && !names.includes(entry.owner)) {
    report(`the path has no :${entry.owner}${suggestion(entry.owner, names)}`, 'owner')
  }
  const target = entry.path ?? ''
  const fault = targetFault(target)
  if (fault) report(`the path to forward to ${fault}`, 'path')
  for (const name of parametersOf(target).filter((name) => !names.includes(name))) {
    report(`the route has no :${name}${suggestion(name, names)}`, 'path')
  }
  for (const [variable] of target.matchAll(/\$[^/]*/g)) {
    if (!variables.includes(variable)) {
      report(`unknown ${variable}${suggestion(variable, variables)}`, 'path')
    } else if (isPublic) report(`a public route has no ${variable}`, 'path')
  }
  if (entry.revoke === 'session' && isPublic)
    report('a public route has no session to end', 'revoke')
}

/** Reports what cannot be meant of a stream. */
function checkStream({ method, entry, report }: Line) {
  const { stream, idle, issue, revoke } = entry
  if (idle !== undefined && !stream)
    report('only a stream can be idle; it needs a key stream', 'idle')
  if (stream === undefined) return
  if (stream === 'websocket' && method !== 'GET') {
    report('a WebSocket begins with GET (RFC 6455, section 4.1)', 'stream')
  }
  if (issue) report('the answer is either a token response or a stream', 'stream')
  if (revoke) report('a stream ends with its session, so it cannot end it', 'stream')
}

function checkTimes({ entry, report }: Line) {
  for (const field of ['timeout', 'try', 'idle'] as const) {
    const fault = durationFault(entry[field])
    if (fault) report(fault, field)
  }
}

/** Reports an `idempotent` that no method of the line listens to. */
function checkIdempotent({ method, entry, report }: Line) {
  if (entry.idempotent && !['PUT', 'DELETE', 'ANY'].includes(method))
    report(
      `is for PUT and DELETE; ${method} has its meaning from RFC 9110, section 9.2`,
      'idempotent'
    )
}

/** Reports what a line says that cannot be; who may use it is known by then. */
export function checkLine(line: Line, isPublic: boolean) {
  checkPath(line)
  checkReferences(line, isPublic)
  checkStream(line)
  checkTimes(line)
  checkIdempotent(line)
}

import type { IncomingMessage, RequestListener } from 'node:http'
import { toProblem } from '@gatehouse/service-kit'
import type { Admission, Arrival } from './admission.ts'
import { announceEnd, isEndAnnounced, takeTurn } from './clients/connection.ts'
import { holdBack, holdUnread, mayRun } from './clients/pipeline.ts'
import { answer, answerProblem } from './forward/answer.ts'
import { dropBody } from './forward/drop-body.ts'
import type { EdgeResponse } from './forward/edge-response.ts'
import { type Exchange, hasBody } from './forward/exchange.ts'
import type { Forward } from './forward/forwarder.ts'
import { takeOriginForm } from './guard/origin-form.ts'
import type { Logger } from './log.ts'
import { isPersistent } from './persistence.ts'
import type { Preflight } from './policy/cors.ts'
import type { Refusals } from './refusals.ts'
import type { Upgrade } from './stream/upgrade.ts'

interface Deps {
  admission: Admission
  preflight: Preflight
  forward: Forward
  refusals: Refusals
  /** Told of exchanges that end here; the forwarder tells of its own. */
  done: (exchange: Exchange) => void
  log: Logger
}

/** Whether Node's parser took a request for one behind which another protocol begins; it heeds `proxy-connection` as well. */
const asksUpgrade = ({ headers }: IncomingMessage) =>
  headers.upgrade !== undefined &&
  /upgrade/i.test(`${headers.connection},${headers['proxy-connection']}`)

/** HTTP/1.0 that says `close` as well as `keep-alive`, or means a proxy: Node would go on behind it. */
const endsConnection = ({ httpVersionMinor, headers: { connection = '' } }: IncomingMessage) =>
  httpVersionMinor === 0 && !isPersistent(connection, true)

/**
 * Makes this answer its connection's last. Where an upgrade is asked for that does not come about, Node drops what arrived
 * in one piece behind the request, and would take a body whose head was dropped for a request (PROMISES F27).
 */
function endWith({ socket }: IncomingMessage, response: EdgeResponse) {
  response.shouldKeepAlive = false
  announceEnd(socket)
}

/** What nearly every target begins with. */
const slash = 0x2f

export type Edge = ReturnType<typeof createEdge>

/**
 * The way of every request: what is admitted is forwarded; what no line of the table takes is handed to `own`, the
 * gateway's own pages. It stands before Fastify because a forwarded request needs nothing of it, and every hook on
 * the way costs.
 */
export function createEdge({ admission, preflight, forward, refusals, done, log }: Deps) {
  function pass(exchange: Exchange, own: RequestListener) {
    const { request, response } = exchange
    const allowed = preflight(exchange)
    if (allowed) {
      answer(exchange, 204, allowed, '')
      return done(exchange)
    }
    const admitted = admission.admit(exchange)
    if (admitted) return forward(exchange, admitted.match, admitted.target)
    // No page takes one; where the client waits to be told to go on, Node closes behind an answer without (PROMISES F10).
    if (hasBody(request)) dropBody(request)
    own(request, response)
  }

  function refuse(exchange: Exchange, error: unknown) {
    const problem = toProblem(error)
    // What was thrown on purpose is no fault of ours: the line of the request tells it.
    if (problem !== error && problem.status >= 500)
      log.error({ err: error, request_id: exchange.id }, problem.message)
    exchange.reason = problem.slug
    refusals.note(exchange, problem)
    if (problem.headers.connection) announceEnd(exchange.request.socket)
    if (exchange.response.headersSent) exchange.response.destroy()
    else answerProblem(exchange, problem)
    done(exchange)
  }

  function serve(arrival: Arrival, own: RequestListener) {
    const { request } = arrival
    if (request.url?.charCodeAt(0) !== slash) takeOriginForm(request)
    const exchange = admission.open(arrival)
    try {
      pass(exchange, own)
    } catch (error) {
      refuse(exchange, error)
    }
  }

  return (
    request: IncomingMessage,
    response: EdgeResponse,
    own: RequestListener,
    upgrade: Upgrade | null = null
  ) => {
    const { socket } = request
    if (isEndAnnounced(socket)) {
      // Should its turn come all the same, the connection ends there.
      if (!response.socket) response.destroy()
      return holdUnread(socket)
    }
    if (endsConnection(request) || (upgrade === null && asksUpgrade(request)))
      endWith(request, response)
    const arrival = { request, response, upgrade, turn: takeTurn(socket) }
    if (mayRun(request, response)) serve(arrival, own)
    else holdBack(request, response, () => serve(arrival, own))
  }
}

import type { IncomingMessage, RequestListener } from 'node:http'
import { toProblem } from '@gatehouse/service-kit'
import type { Admission } from './admission.ts'
import { answer, answerProblem } from './forward/answer.ts'
import { announceEnd, isEndAnnounced } from './forward/connection.ts'
import type { EdgeResponse } from './forward/edge-response.ts'
import type { Exchange } from './forward/exchange.ts'
import type { Forward } from './forward/forwarder.ts'
import { takeOriginForm } from './guard/origin-form.ts'
import type { Logger } from './log.ts'
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
    if (exchange.awaitsContinue) response.writeContinue()
    own(request, response)
  }

  function refuse(exchange: Exchange, error: unknown) {
    const problem = toProblem(error)
    if (problem.status >= 500) log.error({ err: error, request_id: exchange.id }, problem.message)
    exchange.reason = problem.slug
    refusals.note(exchange, problem)
    if (problem.headers.connection) announceEnd(exchange.request.socket)
    if (exchange.response.headersSent) exchange.response.destroy()
    else answerProblem(exchange, problem)
    done(exchange)
  }

  return (
    request: IncomingMessage,
    response: EdgeResponse,
    own: RequestListener,
    upgrade: Upgrade | null = null
  ) => {
    if (isEndAnnounced(request.socket)) return
    if (request.url?.charCodeAt(0) !== slash) takeOriginForm(request)
    const exchange = admission.open(request, response, upgrade)
    try {
      pass(exchange, own)
    } catch (error) {
      refuse(exchange, error)
    }
  }
}

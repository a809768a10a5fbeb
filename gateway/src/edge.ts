import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { ProblemError, requestIdFor, toProblem } from '@gatehouse/service-kit'
import type { Authorize } from './auth/authorize.ts'
import { answerProblem } from './forward/answer.ts'
import type { Exchange, Lifecycle } from './forward/exchange.ts'
import type { Forward } from './forward/forwarder.ts'
import { rateKey } from './guard/client-address.ts'
import { checkMessage } from './guard/message.ts'
import { readTarget } from './guard/target.ts'
import type { Logger } from './log.ts'
import type { Limiter } from './policy/rate.ts'
import type { matcherOf } from './table/match.ts'

interface Deps {
  matcher: ReturnType<typeof matcherOf>
  clientAddress: (request: IncomingMessage) => string
  authorize: Authorize
  limit: Limiter
  forward: Forward
  /** Told of exchanges that end here; the forwarder tells of its own. */
  done: (exchange: Exchange) => void
  log: Logger
  lifecycle: Lifecycle
}

/** On a connection whose end was announced nothing is served any more, also if it has arrived already. */
const ended = Symbol('ended')
type Connection = IncomingMessage['socket'] & { [ended]?: boolean }

export type Edge = ReturnType<typeof createEdge>

/**
 * The way of every request, in the order of DESIGN: guard, match, who, policy, forward. What no line of the table
 * takes is handed to `own`, the gateway's own pages. It stands before Fastify because a forwarded request needs
 * nothing of it, and every hook on the way costs.
 */
export function createEdge(deps: Deps) {
  const { matcher, clientAddress, authorize, limit, forward, done, log, lifecycle } = deps

  function pass(exchange: Exchange, own: RequestListener) {
    const { request, response, startedAt } = exchange
    const { method = '', url = '' } = request
    checkMessage(request)
    const target = readTarget(url)
    const match = matcher.match(method, target.path)
    if (match === null) {
      const allow = matcher.methods(target.path)
      if (allow.length > 0) throw methodNotAllowed(allow)
      if (exchange.awaitsContinue) response.writeContinue()
      return own(request, response)
    }
    exchange.match = match
    const { rate } = match.route.route
    if (rate?.per === 'ip') exchange.allowance = limit(rate, rateKey(exchange.ip), startedAt)
    exchange.claims = authorize(match, request.headers.authorization)
    if (rate?.per === 'user')
      exchange.allowance = limit(rate, exchange.claims?.sub ?? '', startedAt)
    forward(exchange, match, target)
  }

  function refuse(exchange: Exchange, error: unknown) {
    const problem = toProblem(error)
    if (problem.status >= 500) log.error({ err: error, request_id: exchange.id }, problem.message)
    exchange.reason = problem.slug
    if (problem.headers.connection) (exchange.request.socket as Connection)[ended] = true
    if (exchange.response.headersSent) exchange.response.destroy()
    else answerProblem(exchange, problem)
    done(exchange)
  }

  return (request: IncomingMessage, response: ServerResponse, own: RequestListener) => {
    if ((request.socket as Connection)[ended]) return
    const exchange: Exchange = {
      request,
      response,
      id: requestIdFor(request.headers['request-id']),
      startedAt: performance.now(),
      ip: clientAddress(request),
      match: null,
      claims: null,
      allowance: null,
      reason: null,
      awaitsContinue: request.headers.expect !== undefined,
      lifecycle
    }
    try {
      pass(exchange, own)
    } catch (error) {
      refuse(exchange, error)
    }
  }
}

function methodNotAllowed(methods: readonly string[]) {
  const allow = methods.join(', ')
  return new ProblemError(405, 'method-not-allowed', `This path answers ${allow}.`, {
    headers: { allow }
  })
}

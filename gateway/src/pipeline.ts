import type { IncomingMessage, RequestListener } from 'node:http'
import { type Lifecycle, ProblemError, requestIdFor, toProblem } from '@gatehouse/service-kit'
import type { Refusals } from './audit-log.ts'
import type { Authorize } from './auth/authorize.ts'
import type { createForwarded } from './checks/client-address.ts'
import type { Cors, Preflight } from './checks/cors.ts'
import type { Limiter } from './checks/rate-limit.ts'
import { checkMessage } from './checks/request-message.ts'
import {
  checkEncodedSlash,
  checkScheme,
  readTarget,
  type Target,
  takeOriginForm
} from './checks/request-target.ts'
import type { Forward } from './dispatch/http/proxy.ts'
import { checkHandshake, takeToken } from './dispatch/websocket/handshake.ts'
import { type Exchange, hasBody } from './exchange.ts'
import type { Logger } from './http/log-record.ts'
import { isPersistent } from './http/protocol.ts'
import { answer, answerProblem } from './respond.ts'
import type { Entry, Match, matcherOf } from './route-table/router.ts'
import {
  announceEnd,
  holdBack,
  holdUnread,
  isEndAnnounced,
  mayRun,
  takeTurn
} from './server/client-connection.ts'
import { dropBody, type EdgeResponse } from './server/response.ts'
import type { Upgrade } from './server/upgrade.ts'

interface AdmissionDeps {
  matcher: ReturnType<typeof matcherOf>
  forwarded: ReturnType<typeof createForwarded>
  auth: Authorize
  limit: Limiter
  cors: Cors
  lifecycle: Lifecycle
}

/** A request whose header section has arrived. */
export interface Arrival {
  request: IncomingMessage
  response: EdgeResponse
  upgrade: Upgrade | null
  /** Its number among those of its connection, from 1. */
  turn: number
}

/** A request that may pass: the line it falls under, and the target it asked for. */
export interface Admitted {
  match: Match<Entry>
  target: Target
}

export type Admission = ReturnType<typeof createAdmission>

/** The steps that every request takes, whatever becomes of it then: guard, match, who, policy. */
export function createAdmission(deps: AdmissionDeps) {
  const { matcher, forwarded, auth, limit, cors, lifecycle } = deps

  return {
    /** What is known of a request when its header section has arrived. */
    open({ request, response, upgrade, turn }: Arrival): Exchange {
      const { headers } = request
      return {
        request,
        response,
        turn,
        id: requestIdFor(headers['request-id']),
        startedAt: performance.now(),
        forwarded: forwarded(request),
        match: null,
        claims: null,
        allowance: null,
        cors: cors.fieldsFor(headers.origin),
        reason: null,
        awaitsContinue: headers.expect !== undefined && request.httpVersionMinor > 0,
        upgrade,
        bytes: null,
        lifecycle
      }
    },

    /**
     * Throws the problem that keeps a request out. Gives null where no line of the table takes it, so that it is one
     * for the gateway's own pages.
     */
    admit(exchange: Exchange): Admitted | null {
      const { request, startedAt } = exchange
      const { method = '', url = '' } = request
      checkMessage(request)
      const target = readTarget(url)
      const match = matcher.match(method, target.path)
      if (target.hasEncodedSlash) {
        const isAllowed = match?.route.route.pathChars === 'encoded_slash'
        checkEncodedSlash(target, isAllowed ? match.values : null)
      }
      if (match === null) {
        const allow = matcher.methods(target.path)
        if (allow.length > 0) throw methodNotAllowed(allow)
        return null
      }
      exchange.match = match
      const { rate, stream } = match.route.route
      if (rate?.per === 'ip') {
        exchange.allowance = limit(rate, exchange.forwarded.network, startedAt)
      }
      if (stream === 'websocket') takeToken(exchange)
      const claims = auth.identify(match, request.headers.authorization)
      exchange.claims = claims
      auth.authorize(match, claims)
      if (stream === 'websocket') checkHandshake(exchange, cors.allows)
      if (rate?.per === 'user') exchange.allowance = limit(rate, claims?.sub ?? '', startedAt)
      return { match, target }
    }
  }
}

function methodNotAllowed(methods: readonly string[]) {
  const allow = methods.join(', ')
  return new ProblemError(405, 'method-not-allowed', `This path answers ${allow}.`, {
    headers: { allow }
  })
}

interface PipelineDeps {
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
 * in one piece behind the request, and would take a body whose head was dropped for a request (guarantee F27).
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
export function createEdge({ admission, preflight, forward, refusals, done, log }: PipelineDeps) {
  function pass(exchange: Exchange, own: RequestListener) {
    const { request, response } = exchange
    checkScheme(request, exchange.forwarded.proto)
    const allowed = preflight(exchange)
    if (allowed) {
      answer(exchange, 204, allowed, '')
      return done(exchange)
    }
    const admitted = admission.admit(exchange)
    if (admitted) return forward(exchange, admitted.match, admitted.target)
    // No page takes one; where the client waits to be told to go on, Node closes behind an answer without (guarantee F10).
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

import type { IncomingMessage, RequestListener } from 'node:http'
import { type Lifecycle, ProblemError, requestIdFor, toProblem } from '@gatehouse/service-kit'
import type { Refusals } from './audit-log.ts'
import type { Authenticate } from './auth/authorize.ts'
import type { createForwarded } from './checks/client-address.ts'
import type { Cors, Preflight } from './checks/cors.ts'
import type { Limiter } from './checks/rate-limit.ts'
import { checkMessage } from './checks/request-message.ts'
import {
  checkEncodedSlash,
  checkScheme,
  readTarget,
  takeOriginForm
} from './checks/request-target.ts'
import type { Dispatch } from './dispatch/dispatch.ts'
import { checkHandshake, takeToken } from './dispatch/websocket/handshake.ts'
import type { Exchange } from './exchange.ts'
import type { Logger } from './http/log-record.ts'
import { hasBody, isPersistent } from './http/protocol.ts'
import { answer, answerProblem } from './respond.ts'
import type { matcherOf } from './route-table/router.ts'
import type { Rate } from './route-table/types.ts'
import { type ClientConnection, connectionOf } from './server/client-connection.ts'
import { dropBody, type GatewayResponse } from './server/response.ts'
import type { RequestHandler } from './server/server.ts'
import type { Upgrade } from './server/upgrade.ts'

interface PipelineParts {
  router: ReturnType<typeof matcherOf>
  clientAddress: ReturnType<typeof createForwarded>
  authenticate: Authenticate
  limit: Limiter
  cors: Cors
  preflight: Preflight
  dispatch: Dispatch
  refusals: Refusals
  lifecycle: Lifecycle
  /** Called with each exchange that ends here; a dispatch calls it for its own. */
  done: (exchange: Exchange) => void
  log: Logger
}

/** What nearly every target begins with. */
const slash = 0x2f

/**
 * Every request, step by step, in the order of the calls. It stands before Fastify, because a forwarded request needs
 * nothing of Fastify and every hook on the way costs. A request that no route takes goes to `pages`, the gateway's own.
 */
export function createPipeline(parts: PipelineParts): RequestHandler {
  const { router, clientAddress, authenticate, limit, cors, preflight, dispatch } = parts
  const { refusals, lifecycle, done, log } = parts

  /** The steps; a step that refuses the request throws a problem. */
  function run(exchange: Exchange, pages: RequestListener) {
    const { request } = exchange
    const allowed = request.method === 'OPTIONS' ? preflight(request) : null
    if (allowed) return answerPreflight(exchange, allowed)
    checkMessage(request)
    const target = readTarget(request.url ?? '')
    exchange.target = target
    const match = router.match(request.method ?? '', target.path)
    exchange.match = match
    if (target.hasEncodedSlash) {
      const isAllowed = match?.route.route.pathChars === 'encoded_slash'
      checkEncodedSlash(target, isAllowed ? match.values : null)
    }
    if (match === null) return showPage(exchange, pages)
    const { rate, stream } = match.route.route
    if (rate?.per === 'ip') takeRate(exchange, rate, exchange.forwarded.network)
    if (stream === 'websocket') takeToken(exchange)
    authenticate(exchange, match, request.headers.authorization)
    if (stream === 'websocket') checkHandshake(exchange, cors.allows)
    if (rate?.per === 'user') takeRate(exchange, rate, exchange.claims?.sub ?? '')
    dispatch(exchange, match.route.route)
  }

  function takeRate(exchange: Exchange, rate: Rate, client: string) {
    exchange.allowance = limit(rate, client, exchange.startedAt)
  }

  function answerPreflight(exchange: Exchange, headers: string[]) {
    answer(exchange, 204, headers, '')
    done(exchange)
  }

  function showPage({ request, response, target }: Exchange, pages: RequestListener) {
    const methods = router.methods(target.path)
    if (methods.length > 0) throw methodNotAllowed(methods)
    // No page takes a body; where the client waits for a 100, Node closes behind a response without one (guarantee F10).
    if (hasBody(request)) dropBody(request)
    pages(request, response)
  }

  function refuse(exchange: Exchange, error: unknown) {
    const problem = toProblem(error)
    // A problem that was thrown on purpose is in the line of the request; anything else is a bug.
    if (problem !== error && problem.status >= 500)
      log.error({ err: error, request_id: exchange.id }, problem.message)
    exchange.reason = problem.slug
    refusals.note(exchange, problem)
    if (problem.headers.connection) exchange.connection.announceEnd()
    if (exchange.response.headersSent) exchange.response.destroy()
    else answerProblem(exchange, problem)
    done(exchange)
  }

  function open(
    connection: ClientConnection,
    sequence: number,
    request: IncomingMessage,
    response: GatewayResponse,
    upgrade: Upgrade | null
  ): Exchange {
    const { headers } = request
    return {
      request,
      response,
      connection,
      sequence,
      id: requestIdFor(headers['request-id']),
      startedAt: performance.now(),
      forwarded: clientAddress(request),
      target: { path: '', query: '', hasEncodedSlash: false },
      match: null,
      claims: null,
      allowance: null,
      cors: cors.policy === null ? noHeaders : cors.fieldsFor(headers.origin),
      reason: null,
      awaitsContinue: headers.expect !== undefined && request.httpVersionMinor > 0,
      upgrade,
      bytes: null,
      lifecycle
    }
  }

  return function handleRequest(request, response, pages, upgrade = null) {
    const isLast = endsConnection(request) || (upgrade === null && asksUpgrade(request))
    const connection = connectionOf(request.socket)
    if (connection.isEndAnnounced) {
      // Should its turn come all the same, the connection ends there.
      if (!response.socket) response.destroy()
      return connection.pauseUntilSent()
    }
    if (isLast) {
      response.shouldKeepAlive = false
      connection.announceEnd()
    }
    connection.requests += 1
    const sequence = connection.requests
    connection.serveInTurn(request, response, function serve() {
      const isAbsolute = request.url?.charCodeAt(0) !== slash
      if (isAbsolute) takeOriginForm(request)
      const exchange = open(connection, sequence, request, response, upgrade)
      try {
        // The target of an upgrade was read before, when its connection was handed over.
        if (isAbsolute || upgrade !== null) checkScheme(request, exchange.forwarded.proto)
        run(exchange, pages)
      } catch (error) {
        refuse(exchange, error)
      }
    })
  }
}

const noHeaders: readonly string[] = []

function methodNotAllowed(methods: readonly string[]) {
  const allow = methods.join(', ')
  return new ProblemError(405, 'method-not-allowed', `This path answers ${allow}.`, {
    headers: { allow }
  })
}

/**
 * Whether Node's parser takes a request for one behind which another protocol begins; it heeds `proxy-connection` as
 * well. Where the upgrade does not come about, Node drops what arrived in one piece behind the request, and would take a
 * body whose head was dropped for a request: so that response is the connection's last (guarantee F27).
 */
const asksUpgrade = ({ headers }: IncomingMessage) =>
  headers.upgrade !== undefined &&
  /upgrade/i.test(`${headers.connection},${headers['proxy-connection']}`)

/** HTTP/1.0 with `close` as well as `keep-alive`, or `proxy-connection` alone: Node would keep the connection. */
const endsConnection = ({ httpVersionMinor, headers: { connection = '' } }: IncomingMessage) =>
  httpVersionMinor === 0 && !isPersistent(connection, true)

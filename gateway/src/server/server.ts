import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { createServer } from '@gatehouse/service-kit'
import type { FastifyServerOptions } from 'fastify'
import { hasBody } from '../http/protocol.ts'
import { connectionOf } from './client-connection.ts'
import { GatewayResponse } from './response.ts'
import { holdEarly, responseOn, type Upgrade, type UpgradeRule } from './upgrade.ts'

/** Largest header section, in bytes; Node answers 431 above it (guarantee F41). */
const maxHeaderSize = 16 * 1024
/** Time for a whole header section, and for a whole request, in ms (guarantee F20). */
const headersTimeout = 10_000
const requestTimeout = 60_000
/** None of Node's: see closeIdleAndUnread. */
const keepAliveTimeout = 0
/** Node looks for overdue connections this often, in ms; its default of 30 s makes every limit 30 s later. */
const connectionsCheckingInterval = 1000

/** Handles every request of the server; what no route takes goes to `pages`. */
export type RequestHandler = (
  request: IncomingMessage,
  response: GatewayResponse,
  pages: RequestListener,
  upgrade?: Upgrade | null
) => void

/**
 * The HTTP server that puts `handler.handle` before Fastify. The server is made first, because the handler uses plugins of
 * Fastify; the composition root sets it before it listens.
 */
export function gatewayServer(
  handler: { handle: RequestHandler },
  upgrades: UpgradeRule
): FastifyServerOptions {
  return {
    serverFactory(pages) {
      const options = { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout }
      const serve: RequestListener<typeof IncomingMessage, typeof GatewayResponse> = (
        request,
        response
      ) => handler.handle(request, response, pages as RequestListener)
      // A request without a host is refused by the request checks, like everything else that is wrong with it.
      const rules = {
        ServerResponse: GatewayResponse,
        connectionsCheckingInterval,
        optimizeEmptyRequests: true,
        requireHostHeader: false,
        shouldUpgradeCallback: upgrades
      }
      const server = createServer({ ...options, ...rules }, serve)
      server.on('connection', (socket: Socket) => connectionOf(socket).watch())
      server.on('checkExpectation', serve).on('checkContinue', (request, response) => {
        if (!hasBody(request)) response.expectsNothing()
        serve(request, response)
      })
      // What arrives in full after all, behind a refusal that waits for the answers before it, is not served.
      server.on('clientError', (error, socket) => {
        const connection = connectionOf(socket as Socket)
        connection.announceEnd()
        connection.reportBroken(error)
      })
      server.on('upgrade', (request, socket: Socket, head) => {
        const response = responseOn(request, socket)
        const early = holdEarly(socket, head)
        // Where it is refused, what still comes is read and dropped.
        response.once('finish', early)
        handler.handle(request, response, pages as RequestListener, {
          socket,
          early,
          bearer: false
        })
      })
      server.on('connect', (request, socket: Socket) => {
        const connection = connectionOf(socket)
        connection.listenAgain()
        connection.afterResponses(() => serve(request, responseOn(request, socket)))
      })
      // A client that half-closes after its request still expects the response (guarantee F48).
      Object.assign(server, { httpAllowHalfOpen: true })
      return server
    }
  }
}

import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { createServer } from '@gatehouse/service-kit'
import type { FastifyServerOptions } from 'fastify'
import { hasBody } from '../exchange.ts'
import type { Edge } from '../pipeline.ts'
import {
  afterAnswers,
  announceEnd,
  hearOnceMore,
  reportWaiting,
  tellBroken
} from './client-connection.ts'
import { EdgeResponse } from './response.ts'
import { holdEarly, responseOn, type UpgradeRule } from './upgrade.ts'

/** Largest header section, in bytes; Node answers 431 above it (guarantee F19). */
const maxHeaderSize = 16 * 1024
/** Time for a whole header section, and for a whole request, in ms (guarantee F20). */
const headersTimeout = 10_000
const requestTimeout = 60_000
/** None of Node's: see closeIdleAndUnread. */
const keepAliveTimeout = 0
/** Node looks for overdue connections this often, in ms; its default of 30 s makes every limit 30 s later. */
const connectionsCheckingInterval = 1000

/**
 * The HTTP server that puts the edge before Fastify. The edge is made after Fastify, whose plugins it uses, so it
 * is asked for at each request.
 */
export function edgeServer(edge: () => Edge, upgrades: UpgradeRule): FastifyServerOptions {
  return {
    serverFactory(own) {
      const options = { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout }
      const serve: RequestListener<typeof IncomingMessage, typeof EdgeResponse> = (
        request,
        response
      ) => edge()(request, response, own as RequestListener)
      // A request without a host is refused by the guard, like everything else that is wrong with it.
      const rules = {
        ServerResponse: EdgeResponse,
        connectionsCheckingInterval,
        optimizeEmptyRequests: true,
        requireHostHeader: false,
        shouldUpgradeCallback: upgrades
      }
      const server = createServer({ ...options, ...rules }, serve)
      server.on('connection', reportWaiting)
      server.on('checkExpectation', serve).on('checkContinue', (request, response) => {
        if (!hasBody(request)) response.expectsNothing()
        serve(request, response)
      })
      // What arrives in full after all, behind a refusal that waits for the answers before it, is not served.
      server.on('clientError', (error, socket) => {
        announceEnd(socket as Socket)
        tellBroken(socket as Socket, error)
      })
      server.on('upgrade', (request, socket: Socket, head) => {
        const response = responseOn(request, socket)
        const early = holdEarly(socket, head)
        // Where it is refused, what still comes is read and dropped.
        response.once('finish', early)
        edge()(request, response, own as RequestListener, { socket, early, bearer: false })
      })
      server.on('connect', (request, socket: Socket) => {
        hearOnceMore(socket)
        afterAnswers(socket, () => serve(request, responseOn(request, socket)))
      })
      // A client that half-closes after its request still expects the answer (guarantee F22).
      Object.assign(server, { httpAllowHalfOpen: true })
      return server
    }
  }
}

import { createServer, type RequestListener } from 'node:http'
import type { FastifyServerOptions } from 'fastify'
import type { Edge } from './edge.ts'

/** Largest header section, in bytes; Node answers 431 above it (PROMISES F19). */
const maxHeaderSize = 16 * 1024
/** Time for a whole header section, and for a whole request, in ms (PROMISES F20). */
const headersTimeout = 10_000
const requestTimeout = 60_000
const keepAliveTimeout = 72_000
/** Node looks for overdue connections this often, in ms; its default of 30 s makes every limit 30 s later. */
const connectionsCheckingInterval = 1000

/**
 * The HTTP server that puts the edge before Fastify. The edge is made after Fastify, whose plugins it uses, so it
 * is asked for at each request.
 */
export function edgeServer(edge: () => Edge): FastifyServerOptions {
  return {
    serverFactory(own) {
      const options = { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout }
      const server = createServer(
        { ...options, connectionsCheckingInterval },
        (request, response) => edge()(request, response, own as RequestListener)
      )
      // A client that half-closes after its request still expects the answer (PROMISES F22).
      Object.assign(server, { httpAllowHalfOpen: true })
      return server
    }
  }
}

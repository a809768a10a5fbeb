import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** The value of a field of a request; empty where there is none. */
export function fieldOf(request: FastifyRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

/**
 * The client's address as the gateway saw it: the first of the `x-forwarded-for` that the gateway makes anew, so it
 * is to be believed behind the `caller` plugin only. null where it is no address.
 */
export function clientAddressOf(request: FastifyRequest): string | null {
  const [first = ''] = fieldOf(request, 'x-forwarded-for').split(',')
  return isIP(first.trim()) > 0 ? first.trim() : null
}

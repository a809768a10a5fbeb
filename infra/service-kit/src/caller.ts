import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Verifier } from './identity.ts'
import { forbidden, unauthorized } from './problem.ts'
import { isId } from './schema.ts'

/** The user that the gateway vouches for. */
export interface Caller {
  id: string
  type: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** null on public routes; routes behind `requireCaller` read it with `callerOf()`. */
    caller: Caller | null
  }
}

const openPaths = /^\/(health\/|openapi\.json$)/

function single(request: FastifyRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

/** Believes the identity headers only with the gateway's signature; without it the answer is 401 (PROMISES A7, A8). */
export const caller = fp<{ verify: Verifier }>(
  async (app, { verify }) => {
    app.decorateRequest('caller', null)
    app.addHook('onRequest', async (request) => {
      if (openPaths.test(request.routeOptions.url ?? '')) return
      const id = single(request, 'request-user-id')
      const type = single(request, 'request-user-type')
      if (!verify({ id, type }, single(request, 'request-signature'))) {
        throw unauthorized('not-from-the-gateway', 'This service answers the gateway only.')
      }
      request.caller = isId(id) && type !== '' ? { id, type } : null
    })
  },
  { name: 'gateway-caller' }
)

/** Hook: lets only requests that carry a user pass. */
export async function requireCaller(request: FastifyRequest) {
  callerOf(request)
}

/** Hook: lets only users of `type` pass. */
export function requireType(type: string) {
  return async (request: FastifyRequest) => {
    if (callerOf(request).type !== type) throw forbidden('not-allowed', `Only ${type} may do this.`)
  }
}

/** The user this request is made for; throws 401 where there is none. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw unauthorized('no-user', 'This needs a user.')
  return request.caller
}

/**
 * The client's address as the gateway saw it: the first of the `x-forwarded-for` that the gateway makes anew, so it
 * is to be believed behind the `caller` plugin only. null where it is no address.
 */
export function clientAddressOf(request: FastifyRequest): string | null {
  const [first = ''] = single(request, 'x-forwarded-for').split(',')
  return isIP(first.trim()) > 0 ? first.trim() : null
}

import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { fieldOf } from './fields.ts'
import { signatureChallenge, type Verifier } from './identity.ts'
import { forbidden, unauthorized } from './problem.ts'
import { noteRefusal } from './refusals.ts'
import { isId } from './schema.ts'
import { type ServiceVerifier, verifiedBody } from './service-signature.ts'

/** The user that the gateway vouches for. */
export interface Caller {
  id: string
  type: string
}

/** Who changes something, and in which request: what is told of the change afterwards. */
export interface Author extends Caller {
  request_id: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** null on public routes; routes behind `requireCaller` read it with `callerOf()`. */
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** The one service that may ask this route; the gateway may not, whoever it asks for. */
    from?: string
  }
}

interface Options {
  verify: Verifier
  /** Without it no service may ask anything. */
  verifyService?: ServiceVerifier
}

const openPaths = /^\/(health\/|openapi\.json$)/

/**
 * Believes the identity headers only with the gateway's signature; without it the answer is 401 (guarantees A7, A8).
 * A route whose `config.from` names a service is for requests which that one has signed, with their bodies.
 */
export const caller = fp<Options>(
  async (app, { verify, verifyService = () => null }) => {
    app.decorateRequest('caller', null)
    app.addHook('onError', noteRefusal)
    // Hooks of every request call back: a promise for each costs time and garbage.
    app.addHook('preParsing', (request, _reply, payload, done) => {
      const { from } = request.routeOptions.config
      if (from === undefined) return done(null, payload)
      verifiedBody(request, payload, { from, verifyService }).then((body) => done(null, body), done)
    })
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.routeOptions.config.from !== undefined) return done()
      const isOpen = openPaths.test(request.routeOptions.url ?? '')
      // A signature that comes nevertheless must be right: so a gateway with another secret learns that here.
      if (isOpen && request.headers['request-signature'] === undefined) return done()
      const id = fieldOf(request, 'request-user-id')
      const type = fieldOf(request, 'request-user-type')
      if (!verify({ id, type }, fieldOf(request, 'request-signature'))) {
        const detail = 'This service answers the gateway only.'
        throw unauthorized('not-from-the-gateway', detail, signatureChallenge)
      }
      request.caller = isId(id) && type !== '' ? { id, type } : null
      done()
    })
  },
  { name: 'gateway-caller' }
)

/** Hook: lets only requests that carry a user pass. */
export function requireCaller(request: FastifyRequest, _reply: unknown, done: () => void) {
  callerOf(request)
  done()
}

/** Hook: lets only users of `type` pass. */
export function requireType(type: string) {
  return async (request: FastifyRequest) => {
    if (callerOf(request).type !== type) throw forbidden('not-allowed', `Only ${type} may do this.`)
  }
}

/** The user this request is made for; throws 401 where there is none. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null)
    throw unauthorized(
      'no-user',
      'A user is required. Send the request through the gateway with an access token.'
    )
  return request.caller
}

/** The author of what this request changes; throws 401 where there is no user. */
export function authorOf(request: FastifyRequest): Author {
  const { id, type } = callerOf(request)
  return { id, type, request_id: request.id }
}

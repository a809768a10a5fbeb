import type { FastifyReply, FastifyRequest } from 'fastify'
import { audit } from './audit.ts'
import { clientAddressOf } from './fields.ts'
import { ProblemError } from './problem.ts'

/** Why something is not there for who asks: told to the audit log, never to the client. */
const notOwner = 'not-owner'

/** The 404 for what is there, but not for this caller: the same as for what is not there (guarantee E2). */
export const hiddenFrom = ({ slug, message }: ProblemError) =>
  new ProblemError(404, slug, message, { cause: notOwner })

/** Hook: a 403, and a 404 that hides something, are lines of the audit log (guarantee K10). */
export async function noteRefusal(request: FastifyRequest, _reply: FastifyReply, error: Error) {
  if (!(error instanceof ProblemError)) return
  const hidden = error.cause === notOwner
  if (error.status !== 403 && !hidden) return
  const reason = hidden ? notOwner : error.slug
  const who = { user_id: request.caller?.id ?? null, ip: clientAddressOf(request) }
  const asked = { method: request.method, route: request.routeOptions.url }
  audit(request.log, 'access', { result: 'refused', reason, ...who, ...asked })
}

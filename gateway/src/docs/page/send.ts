import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Coding, codingFor } from './coding.ts'

/** Something to serve, in any coding, with the strong etag of its plain form. */
export interface Resource {
  type: string
  etag: string
  bytesIn: (coding: Coding | null) => Promise<Buffer>
}

/** Another form of the same content needs another strong etag (RFC 9110, section 8.8.3.3). */
const tagOf = (etag: string, coding: Coding | null) =>
  coding === null ? etag : etag.replace(/"$/, `-${coding}"`)

/** Whether a client already has what `etag` names, in whatever coding (section 13.1.2: compared weakly). */
function isKnown({ headers }: FastifyRequest, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim())
  const plain = known.map((tag) => tag.replace(/^W\//, '').replace(/-(?:br|gzip)"$/, '"'))
  return plain.some((tag) => tag === '*' || tag === etag)
}

/** Sends a resource compressed as the client likes it, or a 304 where the client has it. */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, etag, bytesIn }: Resource
) {
  const coding = codingFor(request.headers['accept-encoding'])
  reply.headers({ etag: tagOf(etag, coding), vary: 'accept-encoding' })
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache')
  if (isKnown(request, etag)) return reply.code(304).send()
  if (coding !== null) reply.header('content-encoding', coding)
  return reply.type(type).send(await bytesIn(coding))
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ProblemError } from './problem.ts'

type ParseJson = ReturnType<FastifyInstance['getDefaultJsonParser']>

/** Whether a request may have content: its framing says so (RFC 9112 6.3). */
function mayHaveContent({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  return !/^0*$/.test(headers['content-length'] ?? '')
}

/** Throws 415 where the content is in a coding, for none is decoded here (RFC 9110 8.4, 15.5.16). */
function refuseCoding({ headers }: FastifyRequest) {
  const coding = headers['content-encoding'] ?? ''
  if (/^[\s,]*(identity[\s,]*)*$/i.test(coding)) return
  throw new ProblemError(
    415,
    'unsupported-media-type',
    'The body has a content coding. Send it without one.',
    { headers: { 'accept-encoding': 'identity' } }
  )
}

/**
 * Reads JSON without a content coding, and nothing else. Where there is no content, `content-type` and
 * `content-encoding` describe nothing, and the route gets no body (RFC 9110 8.3, 8.4).
 */
export function readJsonOnly(app: FastifyInstance) {
  app.removeContentTypeParser('text/plain')
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (!mayHaveContent(request)) delete request.headers['content-type']
    else if (!request.is404) refuseCoding(request)
    done(null, payload)
  })
  const parse: ParseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => (body === '' ? done(null) : parse(request, body, done))
  )
}

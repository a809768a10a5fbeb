import { Type } from 'typebox'
import { STATUS_CODES } from './http.ts'
import { anyText, component } from './schema.ts'

/** The body of every error, RFC 9457; `request_id` and `errors` are its only extension members. */
export const Problem = component(
  'Problem',
  Type.Object(
    {
      type: Type.String({
        description: '/problems/ and a stable slug.',
        maxLength: 80,
        pattern: '^/problems/[a-z0-9-]+$',
        examples: ['/problems/invalid-request']
      }),
      title: Type.String({
        description: 'The phrase of the status code.',
        maxLength: 80,
        pattern: anyText
      }),
      status: Type.Integer({ format: 'int32', minimum: 400, maximum: 599 }),
      detail: Type.String({
        description: 'What happened, for people.',
        maxLength: 1000,
        pattern: anyText
      }),
      request_id: Type.String({
        description: 'Names this request in every log.',
        maxLength: 64,
        pattern: '^[A-Za-z0-9._-]+$'
      }),
      errors: Type.Optional(
        Type.Array(
          Type.Object({
            pointer: Type.String({
              description: 'Where, as a JSON pointer.',
              maxLength: 500,
              pattern: anyText
            }),
            detail: Type.String({ maxLength: 500, pattern: anyText })
          }),
          { description: 'One entry a fault of the request.', maxItems: 100 }
        )
      )
    },
    { description: 'Why a request was not fulfilled (RFC 9457).' }
  )
)

export type Fault = { pointer: string; detail: string }

interface Options extends ErrorOptions {
  /** Sent with the problem: `retry-after`, `www-authenticate`, `allow`. */
  headers?: Record<string, string>
  errors?: Fault[]
}

/** An expected failure. Anything else that reaches the error handler is a bug and becomes a bare 500. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  readonly slug: string
  readonly headers: Record<string, string>
  readonly errors: Fault[] | undefined

  constructor(status: number, slug: string, detail: string, options: Options = {}) {
    super(detail, options)
    this.status = status
    this.slug = slug
    this.headers = options.headers ?? {}
    this.errors = options.errors
  }
}

export const badRequest = (slug: string, detail: string, errors?: Fault[]) =>
  new ProblemError(400, slug, detail, errors && { errors })

export const unauthorized = (slug: string, detail: string, challenge = 'Bearer') =>
  new ProblemError(401, slug, detail, { headers: { 'www-authenticate': challenge } })

export const forbidden = (slug: string, detail: string) => new ProblemError(403, slug, detail)
export const notFound = (slug: string, detail: string) => new ProblemError(404, slug, detail)
export const conflict = (slug: string, detail: string) => new ProblemError(409, slug, detail)

/** A 503 that asks the client to come back after `retryAfter` seconds. */
export const unavailable = (slug: string, detail: string, retryAfter = 1, cause?: unknown) =>
  new ProblemError(503, slug, detail, { headers: { 'retry-after': `${retryAfter}` }, cause })

/** The document that stands for `error` on the wire. */
export function problemBody(error: ProblemError, requestId: string) {
  return {
    type: `/problems/${error.slug}`,
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    request_id: requestId,
    ...(error.errors && { errors: error.errors })
  }
}

/** Declares failures of an operation: OpenAPI shows them as `application/problem+json`. */
export function problems<S extends number>(...statuses: S[]) {
  const declared = statuses.map((status) => [
    status,
    {
      description: `${STATUS_CODES[status]}.`,
      content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } }
    }
  ])
  return Object.fromEntries(declared) as Record<S, { description: string; content: object }>
}

import type { Json } from '@gatehouse/openapi/json'
import { Problem, STATUS_CODES } from '@gatehouse/service-kit'

const problemSchema = { $ref: '#/components/schemas/Problem' }

/** How a service declares a problem where it says nothing more about it. */
export const plainContent = { 'application/problem+json': { schema: problemSchema } }

const headers = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

/** What a line with a rate tells with its answers. */
export const rateHeaders = headers('RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset')

/** What every answer may have. */
export const corsHeaders = headers('Access-Control-Allow-Origin')

interface ResponseParts {
  status: number
  slug: string
  /** When the gateway gives this answer, for the reader. */
  description: string
  /** What its problem document says, for the client. */
  detail: string
  headers?: Json
}

function response({ status, slug, description, detail, headers: own }: ResponseParts): Json {
  const example = {
    type: `/problems/${slug}`,
    title: STATUS_CODES[status],
    status,
    detail,
    request_id: 'f3Nq0bX2uE1c-1k'
  }
  const content = { 'application/problem+json': { schema: problemSchema, example } }
  return { description, ...(own && { headers: own }), content }
}

/** What the gateway itself answers instead of a service. */
export const gatewayResponses = {
  Unauthorized: response({
    status: 401,
    slug: 'invalid-token',
    description: 'There is no valid access token, or its session has ended.',
    detail: 'The access token is invalid, expired or revoked. Log in again.',
    headers: headers('WWW-Authenticate')
  }),
  Forbidden: response({
    status: 403,
    slug: 'not-allowed',
    description: 'The caller is signed in, but may not do this.',
    detail: 'Only admin may call this. Log in with such an account.'
  }),
  ContentTooLarge: response({
    status: 413,
    slug: 'payload-too-large',
    description: 'The body is larger than this operation takes.',
    detail: 'The request body is larger than 4096 bytes. Send less.'
  }),
  TooManyRequests: response({
    status: 429,
    slug: 'too-many-requests',
    description: 'The limit of this operation is reached.',
    detail: 'The limit of 60 requests in 1 min per ip is reached. Retry after 1 s.',
    headers: headers('Retry-After')
  }),
  InternalServerError: response({
    status: 500,
    slug: 'internal-error',
    description: 'Something broke. The request id names it in the logs.',
    detail: 'Something broke on our side.'
  }),
  BadGateway: response({
    status: 502,
    slug: 'upstream-unreachable',
    description: 'The service behind the gateway could not be reached, or broke off.',
    detail: 'The upstream service is unreachable. Try again shortly.'
  }),
  ServiceUnavailable: response({
    status: 503,
    slug: 'service-unavailable',
    description: 'The service behind the gateway is not ready.',
    detail: 'The service is not ready.',
    headers: headers('Retry-After')
  }),
  GatewayTimeout: response({
    status: 504,
    slug: 'upstream-timeout',
    description: 'The service behind the gateway took too long.',
    detail: 'The upstream service did not respond in time. Try again shortly.'
  })
} satisfies Record<string, Json>

const { $id: _, ...problem } = JSON.parse(JSON.stringify(Problem)) as Json

const count = { type: 'integer', format: 'int32', minimum: 0, maximum: 2 ** 31 - 1 }
const integer = (description: string) => ({ description, schema: count })
// A JWT, and what the users service makes: nothing else is ever in them.
const secret = { type: 'string', minLength: 1, maxLength: 4096, pattern: '^[A-Za-z0-9._~-]+$' }

const token = {
  type: 'object',
  description: 'The answer to a login (RFC 6749, section 5.1).',
  required: ['access_token', 'token_type', 'expires_in', 'refresh_token'],
  properties: {
    access_token: { ...secret, description: 'A JWT: send it as `authorization: Bearer …`.' },
    token_type: { type: 'string', enum: ['bearer'] },
    expires_in: { ...count, minimum: 1, description: 'Life of the access token, in seconds.' },
    refresh_token: { ...secret, description: 'Gets the next pair of tokens, once.' }
  },
  additionalProperties: false
}

const origin = { type: 'string', format: 'uri', maxLength: 300 }
const challenge = { type: 'string', pattern: '^Bearer', maxLength: 300 }

/** The components that the gateway itself answers with. */
export const gatewayComponents = {
  schemas: { Problem: problem, Token: token },
  headers: {
    'Access-Control-Allow-Origin': {
      description: 'The origin whose scripts may read this answer; absent where none may.',
      schema: origin
    },
    'RateLimit-Limit': integer('Requests that one client may make in a window.'),
    'RateLimit-Remaining': integer('Requests that are left in this window.'),
    'RateLimit-Reset': integer('Seconds until the window ends.'),
    'Retry-After': integer('Seconds to wait before the next try.'),
    'WWW-Authenticate': { description: 'How to sign in: `Bearer`.', schema: challenge }
  },
  responses: gatewayResponses
} satisfies Record<string, Record<string, Json>>

/** The one way to sign in; services' own schemes are not for clients. */
export const bearerAuth = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    'The `access_token` of a login, without the word Bearer: a JWT, checked as RFC8725 asks.'
}

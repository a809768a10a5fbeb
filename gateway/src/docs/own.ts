import { Problem } from '@gatehouse/service-kit'
import type { Json } from './json.ts'
import { ownResponses } from './own-responses.ts'

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
export const own = {
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
  responses: ownResponses
} satisfies Record<string, Record<string, Json>>

/** The one way to sign in; services' own schemes are not for clients. */
export const bearerAuth = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    'The `access_token` of a login, without the word Bearer: a JWT, checked as RFC8725 asks.'
}

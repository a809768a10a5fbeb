import { Problem } from '@gatehouse/service-kit'
import type { Json } from './json.ts'
import { ownResponses } from './own-responses.ts'

const { $id: _, ...problem } = JSON.parse(JSON.stringify(Problem)) as Json

const integer = (description: string) => ({
  description,
  schema: { type: 'integer', minimum: 0 }
})

const token = {
  type: 'object',
  description: 'The answer to a login (RFC 6749, section 5.1).',
  required: ['access_token', 'token_type', 'expires_in', 'refresh_token'],
  properties: {
    access_token: { type: 'string', description: 'A JWT: send it as `authorization: Bearer …`.' },
    token_type: { type: 'string', enum: ['bearer'] },
    expires_in: {
      type: 'integer',
      minimum: 1,
      description: 'Life of the access token, in seconds.'
    },
    refresh_token: { type: 'string', description: 'Gets the next pair of tokens, once.' }
  }
}

/** The components that the gateway itself answers with. */
export const own = {
  schemas: { Problem: problem, Token: token },
  headers: {
    RateLimitLimit: integer('Requests that one client may make in a window.'),
    RateLimitRemaining: integer('Requests that are left in this window.'),
    RateLimitReset: integer('Seconds until the window ends.'),
    RetryAfter: integer('Seconds to wait before the next try.'),
    WwwAuthenticate: { description: 'How to sign in: `Bearer`.', schema: { type: 'string' } }
  },
  responses: ownResponses
} satisfies Record<string, Record<string, Json>>

/** The one way to sign in; services' own schemes are not for clients. */
export const bearerAuth = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'The `access_token` of a login, without the word Bearer.'
}

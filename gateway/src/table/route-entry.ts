import { type Static, Type } from 'typebox'
import { DurationField, RateField, SizeField } from './units.ts'

/** Every object of the file refuses keys it does not know. */
export const strict = { additionalProperties: false }

/** A path of the file, with what it is for. */
export const path = (description: string) =>
  Type.String({ pattern: '^/[^?#\\s]*$', maxLength: 1000, description })

const word = '^[a-z][a-z0-9_-]*$'

/** A word of `allow`. */
export const Who = Type.String({
  pattern: word,
  description: 'public, user, owner or a user type'
})

export const UserType = Type.String({
  pattern: word,
  description: 'a word such as admin, of lower-case letters, digits, _ and -'
})

export const Timeout = Type.Union([...DurationField.anyOf], {
  description:
    'a duration such as 500ms, 10s or 2m: from the end of the request to the end of the answer, with all tries; an answer that moves by 1 kB a second may take longer'
})

export const Try = Type.Union([...DurationField.anyOf], {
  description:
    'a duration such as 2s: how long one try may take to begin its answer, before a GET, HEAD or OPTIONS is asked once more and others get 504'
})

/** What a line of the table says behind its method and path. */
export const RouteEntry = Type.Object(
  {
    to: Type.String({ description: 'the name of a service' }),
    allow: Type.Union([Who, Type.Array(Who, { minItems: 1 })], {
      description: 'who may use the route: public, user, owner, a user type, or a list of them'
    }),
    owner: Type.Optional(
      Type.String({ description: "the path parameter that must be the caller's id" })
    ),
    path: Type.Optional(path('the path to forward to, such as /users/$user.id')),
    issue: Type.Optional(
      Type.Enum(['token'], { description: 'token: the answer becomes a token response' })
    ),
    revoke: Type.Optional(
      Type.Enum(['session', 'any'], {
        description:
          "session: a 2xx answer ends the caller's session; any: it may end others, which are heard of first"
      })
    ),
    stream: Type.Optional(
      Type.Enum(['sse', 'websocket'], {
        description: 'sse or websocket: the answer is a stream, without an end in time'
      })
    ),
    idle: Type.Optional(
      Type.Union([...DurationField.anyOf], {
        description:
          'how long a stream may be silent: then sse gets a heartbeat (15s), a websocket is closed (10m)'
      })
    ),
    timeout: Type.Optional(Timeout),
    try: Type.Optional(Try),
    idempotent: Type.Optional(
      Type.Boolean({
        description: 'true: PUT and DELETE may be asked twice where a connection breaks'
      })
    ),
    body: Type.Optional(SizeField),
    rate: Type.Optional(RateField)
  },
  { ...strict, description: 'a route: { to, allow, …policy }' }
)

export type RouteEntry = Static<typeof RouteEntry>

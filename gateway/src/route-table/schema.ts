import { type Static, type TSchema, Type } from 'typebox'
import { DurationField, RateField, SizeField } from './units.ts'

/** No object of the file may have unknown keys. */
export const strict = { additionalProperties: false }

/** A path, with a description of its purpose. */
const path = (description: string) =>
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
    'a duration such as 500ms, 10s or 2m: from the end of the request to the end of the response, with all attempts; a response that moves by 1 kB a second may take longer'
})

export const AttemptTimeout = Type.Union([...DurationField.anyOf], {
  description:
    'a duration such as 2s: how long one attempt may take until its response begins, before a GET, HEAD or OPTIONS is sent once more and others get 504'
})

/** The value of a route: the part after its method and path. */
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
    path_chars: Type.Optional(
      Type.Enum(['encoded_slash'], {
        description: 'encoded_slash: the path parameters may have %2F in them'
      })
    ),
    issue: Type.Optional(
      Type.Enum(['token'], {
        description: 'token: the gateway turns the response into a token response'
      })
    ),
    revoke: Type.Optional(
      Type.Enum(['session', 'any'], {
        description:
          "session: a 2xx response revokes the caller's session; any: it may revoke others, and waits until the gateway has polled them"
      })
    ),
    stream: Type.Optional(
      Type.Enum(['sse', 'websocket'], {
        description: 'sse or websocket: the response is a stream without a total timeout'
      })
    ),
    idle_timeout: Type.Optional(
      Type.Union([...DurationField.anyOf], {
        description:
          'how long a stream may be silent: then sse gets a heartbeat (15s), a websocket is closed (10m)'
      })
    ),
    timeout: Type.Optional(Timeout),
    attempt_timeout: Type.Optional(AttemptTimeout),
    idempotent: Type.Optional(
      Type.Boolean({
        description: 'true: the gateway may retry PUT and DELETE after a broken connection'
      })
    ),
    body: Type.Optional(SizeField),
    rate: Type.Optional(RateField)
  },
  { ...strict, description: 'a route: { to, allow, …policy }' }
)

export type RouteEntry = Static<typeof RouteEntry>

/** A limit; `what` describes it. */
const count = (what: string) =>
  Type.Integer({ minimum: 1, description: `a whole number of at least 1: ${what}` })

const headerNames = (what: string) =>
  Type.Array(
    Type.String({
      pattern: "^[A-Za-z0-9!#$%&'+.^_`|~-]{1,100}$",
      description: 'the name of a header, such as x-total-count'
    }),
    { description: what }
  )

export const CorsEntry = Type.Object(
  {
    origins: Type.Array(
      Type.String({
        pattern: '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$',
        description: 'an exact origin such as https://app.example'
      }),
      { minItems: 1, description: 'the origins whose scripts may use the API' }
    ),
    credentials: Type.Optional(Type.Boolean({ description: 'true or false' })),
    exposed_headers: Type.Optional(headerNames('further response headers that scripts may read')),
    request_headers: Type.Optional(headerNames('further request headers that scripts may send')),
    max_age: Type.Optional(DurationField)
  },
  {
    ...strict,
    description:
      'cross-origin access: { origins, credentials?, exposed_headers?, request_headers?, max_age? }'
  }
)

export const DefaultsEntry = Type.Object(
  {
    timeout: Type.Optional(Timeout),
    attempt_timeout: Type.Optional(AttemptTimeout),
    body: Type.Optional(SizeField),
    rate: Type.Optional(RateField),
    connections: Type.Optional(
      count('limit of client connections at once, streams included (10000)')
    ),
    streams: Type.Optional(
      Type.Object(
        {
          per_user: Type.Optional(count('limit of open streams of one user (256)')),
          total: Type.Optional(count('limit of open streams (8000)'))
        },
        {
          ...strict,
          description: 'limits of open streams: { per_user (256), total (8000) }'
        }
      )
    )
  },
  { ...strict, description: 'the policy of every route without its own' }
)

const ServiceEntry = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^/\\s?#@]+/?$',
      description: 'an http(s) URL without a path, such as http://users:8000'
    }),
    connect_timeout: Type.Optional(
      Type.Union([...DurationField.anyOf], {
        description: 'a duration such as 500ms: the timeout for opening a connection (1s)'
      })
    ),
    response_headers: Type.Optional(
      Type.Union([...SizeField.anyOf], {
        description:
          'a size such as 32kb: the limit of a response header section, from 1kb to 1mb (16kb)'
      })
    ),
    strip: Type.Optional(path('a path prefix such as /api, removed before forwarding')),
    openapi: Type.Optional(path("the path of the service's OpenAPI document")),
    health: Type.Optional(path('the path of the readiness check: 200 where the service is ready')),
    sessions: Type.Optional(path('the path of the feed of revoked sessions'))
  },
  {
    ...strict,
    description:
      'an upstream: { url, connect_timeout?, response_headers?, strip?, openapi?, health?, sessions? }'
  }
)

export const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'QUERY',
  'ANY'
] as const

/** A map whose keys match `pattern`; other keys are unknown keys. */
function mapOf<T extends TSchema>(pattern: string, value: T, description: string) {
  return Type.Record(Type.String({ pattern }), value, { ...strict, description })
}

/** The file `gateway.yml`, for the loader and for editors. */
export const TableFile = Type.Object(
  {
    services: mapOf('^[a-z][a-z0-9-]*$', ServiceEntry, 'the upstreams by name'),
    user_types: Type.Optional(
      Type.Array(UserType, {
        description: 'the user types that tokens carry; default admin, default'
      })
    ),
    aliases: Type.Optional(
      mapOf('^/[^?#\\s]*$', path('a path prefix'), 'public prefixes that stand for another one')
    ),
    cors: Type.Optional(CorsEntry),
    defaults: Type.Optional(DefaultsEntry),
    routes: mapOf(
      `^(${methods.join('|')}) +/[^?#\\s]*$`,
      RouteEntry,
      `routes such as GET /api/users/:id, with one of ${methods.join(', ')}`
    )
  },
  {
    ...strict,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Gatehouse gateway table'
  }
)

export type TableFile = Static<typeof TableFile>

/** An upstream that routes lead to: `services.<name>` in the table. */
export interface Service {
  name: string
  /** Scheme, host and port, without a path: `http://users:8000`. */
  origin: string
  /** The prefix that the gateway removes before it forwards a path: `/api`; empty for none. */
  strip: string
  /** Timeout for opening a connection. */
  connectMs: number
  /** Limit of a response's header section, in bytes. */
  responseHeaderBytes: number
  /** Path of the service's OpenAPI document; null where it has none. */
  openapi: string | null
  /** Path of the service's readiness check; null where it has none. */
  health: string | null
  /** Path of the service's feed of revoked sessions; null where it has none. */
  sessions: string | null
}

/** A rate limit: `limit` requests in `windowMs` for each IP address or user. */
export interface Rate {
  limit: number
  windowMs: number
  per: 'ip' | 'user'
  /** Routes with the same bucket share their counters, as all that inherit the default do. */
  bucket: string
}

/** One route of the table, checked and with all defaults. */
export interface Route {
  /** `GET`, `POST`, … or `ANY`. */
  method: string
  /** As in the table: `/api/users/:id`; a final `/**` matches the rest of a path. */
  path: string
  service: Service
  /** The route's `path`, a template with `:name` and `$user.id`; null where the request's path is forwarded. */
  target: string | null
  /** `encoded_slash`: parameters may contain `%2F`, which is forwarded as it is. */
  pathChars: 'plain' | 'encoded_slash'
  /** Any of: `public`, `user`, `owner`, or a user type. */
  allow: readonly string[]
  /** The path parameter that must be the caller's id where `allow` names `owner`. */
  owner: string | null
  /** `token`: the gateway turns the response into a token response. */
  issue: 'token' | null
  /**
   * `session`: a 2xx response revokes the caller's session at this gateway at once. `any`: the response waits until this
   * gateway has polled the sessions that it revoked.
   */
  revoke: 'session' | 'any' | null
  /** The response is a stream: server-sent events (`sse`), or a tunnel after a handshake (`websocket`). */
  stream: 'sse' | 'websocket' | null
  /** Idle time after which a stream gets a heartbeat (`sse`) or is closed (`websocket`). */
  idleMs: number
  /** From the end of the request to the end of the response, with all attempts; a response that moves may take longer. */
  timeoutMs: number
  /** From an attempt's connection to the beginning of its response; null where only `timeoutMs` applies. */
  tryMs: number | null
  /** Whether the gateway may retry PUT and DELETE after a broken connection. */
  idempotent: boolean
  bodyBytes: number
  rate: Rate | null
  /** Line of the table file, 1-based, for errors and logs. */
  line: number
}

/** Limits of streams that are open at once. */
export interface StreamCaps {
  /** For each user, or for each network on public routes. */
  perUser: number
  inAll: number
}

/** Cross-origin access for browsers. */
export interface CorsPolicy {
  origins: readonly string[]
  /** Whether browsers may send credentials such as cookies. */
  credentials: boolean
  /** Response headers that scripts may read beside those that every API has; in lower case. */
  exposedHeaders: readonly string[]
  /** Request headers that scripts may send beside those that every API has; in lower case. */
  requestHeaders: readonly string[]
  /** How long browsers may cache the response to a preflight. */
  maxAgeMs: number
}

/** The compiled route table. */
export interface Table {
  services: readonly Service[]
  routes: readonly Route[]
  /** Hints about valid routes that may surprise their author: `gateway.yml:7 ANY /**: …`. */
  notices: readonly string[]
  /** The user types that tokens may carry. */
  userTypes: readonly string[]
  /** Public prefixes that stand for another one: `/api/v1` for `/api`. */
  aliases: readonly { from: string; to: string }[]
  /** Cross-origin access; null where the API allows none. */
  cors: CorsPolicy | null
  /** Limit of client connections at once. */
  connections: number
  streams: StreamCaps
}

/** An upstream that routes lead to: `services.<name>` in the table. */
export interface Service {
  name: string
  /** Scheme, host and port, without a path: `http://users:8000`. */
  origin: string
  /** The prefix that is dropped before forwarding: `/api`; empty where nothing is. */
  strip: string
  /** How long opening a connection may take. */
  connectMs: number
  /** The largest header section of a response that is read, in bytes. */
  responseHeaderBytes: number
  /** Where the service's own OpenAPI document is; null where it has none. */
  openapi: string | null
  /** Where the service tells whether it is ready; null where it is not asked. */
  health: string | null
  /** Where the service tells which sessions have ended; null where it knows none. */
  sessions: string | null
}

/** How many requests one client may make: `limit` in `windowMs`, counted for each ip or user. */
export interface Rate {
  limit: number
  windowMs: number
  per: 'ip' | 'user'
  /** Routes with one name share their counters: all that inherit the default do. */
  bucket: string
}

/** One line of the table, checked and with every default filled in. */
export interface Route {
  /** `GET`, `POST`, … or `ANY`. */
  method: string
  /** As written in the table: `/api/users/:id`; a final `/**` stands for the rest of the path. */
  path: string
  service: Service
  /** `path:` of the line, a template with `:name` and `$user.id`; null where the path is forwarded. */
  target: string | null
  /** `encoded_slash`: the parameters may have `%2F` in them, which is forwarded as it is. */
  pathChars: 'plain' | 'encoded_slash'
  /** Any of: `public`, `user`, `owner`, or a user type. */
  allow: readonly string[]
  /** The path parameter that must be the caller's id where `allow` names `owner`. */
  owner: string | null
  /** `token`: the answer becomes a token response. */
  issue: 'token' | null
  /**
   * `session`: a 2xx answer ends the caller's session at this gateway at once. `any`: the answer waits until this
   * gateway has heard which sessions ended by it.
   */
  revoke: 'session' | 'any' | null
  /** The answer has no end in time: events as they come (`sse`), or a tunnel after a handshake (`websocket`). */
  stream: 'sse' | 'websocket' | null
  /** How long a stream may be silent before it gets a heartbeat (`sse`) or is closed (`websocket`). */
  idleMs: number
  /** From the end of the request to the end of the answer, with all tries; an answer that moves may take longer. */
  timeoutMs: number
  /** From the connection of one try to the beginning of its answer; null where only `timeoutMs` counts. */
  tryMs: number | null
  /** Whether PUT and DELETE may be asked twice where a connection breaks. */
  idempotent: boolean
  bodyBytes: number
  rate: Rate | null
  /** Line of the table file, 1-based, for errors and logs. */
  line: number
}

/** How many streams may be open at once. */
export interface StreamCaps {
  /** Of one user, or of one network where nobody is signed in. */
  perUser: number
  inAll: number
}

/** Cross-origin access for browsers. */
export interface CorsPolicy {
  origins: readonly string[]
  /** Whether a browser may send what it knows of the user: cookies, for instance. */
  credentials: boolean
  /** Response headers that scripts may read beside those that every API has; in lower case. */
  exposedHeaders: readonly string[]
  /** Request headers that scripts may send beside those that every API has; in lower case. */
  requestHeaders: readonly string[]
  /** How long a browser may remember the answer to a preflight. */
  maxAgeMs: number
}

/** The whole of `gateway.yml`, ready to be served. */
export interface Table {
  services: readonly Service[]
  routes: readonly Route[]
  /** What an author may not expect of routes that are right: `gateway.yml:7 ANY /**: …`. */
  notices: readonly string[]
  /** The user types that tokens may carry. */
  userTypes: readonly string[]
  /** Public prefixes that mean another one: `/api/v1` is `/api`. */
  aliases: readonly { from: string; to: string }[]
  /** Which other origins' scripts may use the API; null where none may. */
  cors: CorsPolicy | null
  /** How many clients may be connected at once. */
  connections: number
  streams: StreamCaps
}

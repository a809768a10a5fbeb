import { canonical, follow, isObject, type Json, objectIn } from '@gatehouse/openapi/json'
import { STATUS_CODES } from '@gatehouse/service-kit'
import type { Route } from '../route-table/types.ts'
import { corsHeaders, gatewayResponses, plainContent, rateHeaders } from './gateway-components.ts'
import { pascal } from './public-operation.ts'

/** Header names have no case: the service's spelling and description stay. */
export function eitherHeaders(theirs: Json, ours: Json): Json {
  const names = new Set(Object.keys(theirs).map((name) => name.toLowerCase()))
  const added = Object.entries(ours).filter(([name]) => !names.has(name.toLowerCase()))
  return { ...theirs, ...Object.fromEntries(added) }
}

interface Place {
  route: Route
  status: string
  /** What the response is called as a component; null where it stands in its operation alone. */
  name: string | null
}

/** Gives a response the headers that the gateway adds, and makes a reference of it where it has a name. */
export type Finish = (response: Json, place: Place) => Json

/** A response that several operations have, with what it may be called. */
interface Shared {
  reference: { $ref: string }
  full: Json
  wanted: string
  prefix: string
}

/** A response with all its headers, and as text that is the same for the same. */
interface Full {
  full: Json
  text: () => string
}

function completed(response: Json, rated: boolean): Full {
  const added = { ...(rated && rateHeaders), ...corsHeaders }
  const full = { ...response, headers: eitherHeaders(objectIn(response.headers), added) }
  let text: string | undefined
  return {
    full,
    text() {
      text ??= canonical(full)
      return text
    }
  }
}

/**
 * Keeps the responses of all operations, so that the same ones become one component. `reserved` are components that
 * keep their names whatever comes.
 */
export function createResponses(reserved: ReadonlyMap<string, Json>) {
  const names = new Map([...reserved].map(([name, response]) => [canonical(response), name]))
  /** By what they say; each has the reference that stands for it, which is named when all are known. */
  const shared = new Map<string, Shared>()
  const prefixes = new Map<string, number>()

  const known = { rated: new WeakMap<Json, Full>(), plain: new WeakMap<Json, Full>() }

  /** Many operations have the same responses, and long ones: each is made once. */
  function complete(response: Json, kind: keyof typeof known): Full {
    const made = known[kind].get(response) ?? completed(response, kind === 'rated')
    known[kind].set(response, made)
    return made
  }

  /** One reference for all responses that say the same; of several names that are wanted for it the first one counts. */
  function share({ full, text }: Full, wanted: string, prefix: string): Json {
    const known = shared.get(text()) ?? { reference: { $ref: '' }, full, wanted, prefix }
    const rank = prefixes.get(prefix) ?? prefixes.size
    prefixes.set(prefix, rank)
    const isEarlier = rank === prefixes.get(known.prefix) && wanted < known.wanted
    shared.set(text(), isEarlier ? { ...known, wanted } : known)
    return known.reference
  }

  /** Service after service, the shorter ones first: the order of operations does not matter. */
  function inOrder(): [text: string, shared: Shared][] {
    const rank = ({ prefix }: Shared) => prefixes.get(prefix) ?? 0
    return [...shared].sort(
      ([one, a], [other, b]) =>
        rank(a) - rank(b) || one.length - other.length || (one < other ? -1 : 1)
    )
  }

  function nameAll(): Json {
    const components = new Map(reserved)
    for (const [text, { reference, full, wanted, prefix }] of inOrder()) {
      const base = wanted.startsWith(prefix) ? wanted : prefix + wanted
      let name = names.get(text) ?? wanted
      const isReserved = names.has(text)
      for (let count = 1; !isReserved && components.has(name); count += 1)
        name = count === 1 ? base : base + count
      components.set(name, full)
      reference.$ref = `#/components/responses/${name}`
    }
    return Object.fromEntries(components)
  }

  const finish: Finish = (response, { route, status, name }) => {
    const rated = route.rate !== null && /^[24]/.test(status)
    const made = complete(response, rated ? 'rated' : 'plain')
    if (name === null) return made.full
    return share(made, name, pascal(route.service.name))
  }

  return { finish, components: nameAll }
}

type Name = keyof typeof gatewayResponses

const always = {
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout'
} as const

/** The statuses that the gateway itself may answer on a line, with the components that describe them. */
function causedBy({ allow, rate }: Route, hasBody: boolean): [status: string, name: Name][] {
  const open = allow.includes('public')
  const caused: Record<string, Name> = {
    ...(!open && { 401: 'Unauthorized' }),
    ...(!open && !allow.includes('user') && { 403: 'Forbidden' }),
    ...(hasBody && { 413: 'ContentTooLarge' }),
    ...(rate && { 429: 'TooManyRequests' }),
    ...always
  }
  return Object.entries(caused)
}

/** Either schema where the two are not one. */
function eitherMedia(theirs: unknown, ours: Json): Json {
  const media = objectIn(theirs)
  if (media.schema === undefined) return { ...media, ...ours }
  if (canonical(media.schema) === canonical(ours.schema)) return { ...ours, ...media }
  return { ...media, schema: { anyOf: [media.schema, ours.schema] } }
}

/** Whether a service's answer is the plain problem that the gateway's own answer already describes. */
function isPlainProblem(response: Json, status: string): boolean {
  const { description, content, ...rest } = response
  const phrase = STATUS_CODES[status] ?? ''
  const plain = [phrase, `${phrase}.`, '', 'Default Response'].includes(String(description))
  const same = canonical(content ?? {}) === canonical(plainContent)
  return plain && same && Object.keys(rest).length === 0
}

/** One response that says what the service and what the gateway may answer with one status. */
function merge(theirs: Json, ours: Json): Json {
  const [content, problem] = [objectIn(theirs.content), objectIn(ours.content)]
  const type = 'application/problem+json'
  const headers = eitherHeaders(objectIn(theirs.headers), objectIn(ours.headers))
  return {
    ...theirs,
    description: [theirs.description, `From the gateway: ${ours.description}`]
      .filter(Boolean)
      .join(' '),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { ...content, [type]: eitherMedia(content[type], objectIn(problem[type])) }
  }
}

/** What a stream answers, for where its service does not say. */
const streams = {
  sse: {
    200: {
      description: 'Events, as they happen.',
      content: { 'text/event-stream': { schema: { type: 'string' } } }
    }
  },
  websocket: {
    101: { description: 'The connection is a WebSocket from here on.' },
    200: { description: 'The same, where a proxy before the gateway speaks HTTP/2 (RFC 8441).' }
  }
} as const

const token = {
  description: 'The tokens of a new session.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Token' } } }
}

/** The name of the component that a response is; null where it stands by itself. */
function nameOf(response: unknown): string | null {
  const { $ref } = objectIn(response)
  return typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? null) : null
}

/** What a service says of a status: by itself, by its class, or by all others. */
function serviceResponse(responses: Json, status: string): unknown {
  return responses[status] ?? responses[`${status[0]}XX`] ?? responses.default
}

interface ResponseContext {
  route: Route
  hasBody: boolean
  /** The combined document, in which the references of responses lead somewhere. */
  root: Json
  finish: Finish
}

/** The responses of an operation together with those that the gateway may give in its place. */
export function withGatewayResponses(
  responses: Json,
  { route, hasBody, root, finish }: ResponseContext
): Json {
  const answers = causedBy(route, hasBody).map(([status, name]) => {
    const theirs = follow(root, serviceResponse(responses, status))
    const plain = !isObject(theirs) || isPlainProblem(theirs, status)
    if (plain) return [status, finish(gatewayResponses[name], { route, status, name })] as const
    const both = { route, status, name: pascal(route.service.name) + name }
    return [status, finish(merge(theirs, gatewayResponses[name]), both)] as const
  })
  const said = {
    ...(route.issue === 'token' && { 200: token }),
    ...(route.stream && streams[route.stream]),
    ...responses
  }
  const others = Object.entries(said).map(([status, response]) => {
    const theirs = status.startsWith('x-') ? undefined : follow(root, response)
    if (theirs === undefined) return [status, response] as const
    const name = nameOf(response)
    return [status, finish(theirs, { route, status, name })] as const
  })
  return { ...Object.fromEntries(others), ...Object.fromEntries(answers) }
}

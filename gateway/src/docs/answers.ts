import { STATUS_CODES } from '@gatehouse/service-kit'
import type { Route } from '../table/route.ts'
import { eitherHeaders, type Finish } from './answer-headers.ts'
import { canonical, follow, isObject, type Json, objectIn } from './json.ts'
import { pascal } from './operation-ids.ts'
import { ownResponses, plainContent } from './own-responses.ts'

type Name = keyof typeof ownResponses

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
function saidOf(responses: Json, status: string): unknown {
  return responses[status] ?? responses[`${status[0]}XX`] ?? responses.default
}

interface Answered {
  route: Route
  hasBody: boolean
  /** The combined document, in which the references of responses lead somewhere. */
  root: Json
  finish: Finish
}

/** The responses of an operation together with those that the gateway may give in its place. */
export function withOwnAnswers(responses: Json, { route, hasBody, root, finish }: Answered): Json {
  const answers = causedBy(route, hasBody).map(([status, name]) => {
    const theirs = follow(root, saidOf(responses, status))
    const plain = !isObject(theirs) || isPlainProblem(theirs, status)
    if (plain) return [status, finish(ownResponses[name], { route, status, name })] as const
    const both = { route, status, name: pascal(route.service.name) + name }
    return [status, finish(merge(theirs, ownResponses[name]), both)] as const
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

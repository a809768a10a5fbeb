import { type Json, objectIn } from '@gatehouse/openapi/json'
import type { Route } from '../route-table/types.ts'
import { formatDuration } from '../route-table/units.ts'
import { type Finish, withGatewayResponses } from './gateway-responses.ts'

const windows: Record<number, string> = {
  1000: 'a second',
  60000: 'a minute',
  3600000: 'an hour',
  86400000: 'a day'
}

function size(bytes: number): string {
  if (bytes > 0 && bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MB`
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024} kB` : `${bytes} bytes`
}

function callers({ allow, owner }: Route): string {
  const who = allow.map((word) => {
    if (word === 'public') return 'anyone'
    return word === 'owner' ? `owner (the user whose id is \`${owner}\`)` : word
  })
  return who.join(' or ')
}

/** How a stream is used and how long it lasts, in words; null where the answer is none. */
function streamed({ stream, idleMs }: Route): string | null {
  if (stream === null) return null
  const end = 'until the token expires or its session ends'
  if (stream === 'sse') {
    return `**Stream:** \`text/event-stream\` ${end}, with a comment after ${formatDuration(idleMs)} of silence; goes on after \`last-event-id\``
  }
  const browsers = 'a browser sends its token as the subprotocols `bearer` and the token itself'
  return `**Stream:** a WebSocket ${end}, or after ${formatDuration(idleMs)} of silence; ${browsers}`
}

/** The policy of a route in words, for a reader of the operation. */
function policyInWords(route: Route, hasBody: boolean): string {
  const { rate, timeoutMs, bodyBytes } = route
  const limit =
    rate &&
    `**Limit:** ${rate.limit} requests ${windows[rate.windowMs] ?? `in ${formatDuration(rate.windowMs)}`} for each ${rate.per === 'ip' ? 'address' : 'user'}`
  const body = hasBody && `**Body:** up to ${size(bodyBytes)}`
  const parts = [
    `**Who:** ${callers(route)}`,
    limit,
    body,
    streamed(route),
    `**Answered within:** ${formatDuration(timeoutMs)}`
  ]
  return parts.filter(Boolean).join(' · ')
}

/** The policy of a route for a program: times in milliseconds, sizes in bytes, no internal address. */
function machineReadable(route: Route): Json {
  const { service, allow, owner, rate, stream, idleMs, timeoutMs, bodyBytes } = route
  return {
    service: service.name,
    allow,
    ...(owner !== null && { owner }),
    ...(rate && { rate: { limit: rate.limit, window_ms: rate.windowMs, per: rate.per } }),
    ...(stream && { stream, idle_ms: idleMs }),
    timeout_ms: timeoutMs,
    body_bytes: bodyBytes
  }
}

const methodsWithBody = ['post', 'put', 'patch']

interface Policed {
  route: Route
  operationId: string
  method: string
  /** false where no document describes the operation. */
  described: boolean
  /** Whether a document should describe it and does not. */
  drifted: boolean
  /** The document that holds its components. */
  root: Json
  finish: Finish
}

/**
 * Adds to an operation what the gateway does around it: who may call it, its limits, and the answers that
 * are the gateway's own.
 */
export function withPolicy(operation: Json, policed: Policed): Json {
  const { route, operationId, method, described, drifted, root, finish } = policed
  const { summary, description, responses, ...rest } = operation
  const hasBody = described ? rest.requestBody !== undefined : methodsWithBody.includes(method)
  const paragraphs = [
    description,
    !described && 'The service does not describe this operation.',
    policyInWords(route, hasBody)
  ]
  return {
    tags: [route.service.name],
    ...(summary !== undefined && { summary }),
    description: paragraphs.filter(Boolean).join('\n\n'),
    operationId,
    ...rest,
    responses: withGatewayResponses(objectIn(responses), { route, hasBody, root, finish }),
    // An empty requirement means what no requirement means; OWASP's linter takes the latter for an oversight.
    security: [route.allow.includes('public') ? {} : { bearerAuth: [] }],
    'x-gateway': machineReadable(route),
    ...(drifted && { 'x-drift': true })
  }
}

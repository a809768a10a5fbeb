import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { forbidden, ProblemError } from '@gatehouse/service-kit'
import { refusal } from '../../checks/request-message.ts'
import { takeOriginForm } from '../../checks/request-target.ts'
import type { Exchange } from '../../exchange.ts'
import type { HeaderLines } from '../../http/header-lines.ts'
import { hasBody } from '../../http/protocol.ts'
import type { matcherOf } from '../../route-table/router.ts'
import { responseUnderWay } from '../../server/node-internals.ts'
import type { UpgradeRule } from '../../server/upgrade.ts'

/** RFC 6455 1.3: what proves that a server has read the key. */
const keySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Sixteen bytes in base64 (RFC 6455 4.1). */
const key = /^[A-Za-z0-9+/]{21}[AQgw]==$/
const version = '13'

/** RFC 9110 15.5.22; the connection ends, for what follows may be no HTTP. */
const upgradeRequired = (detail: string) =>
  new ProblemError(426, 'upgrade-required', detail, {
    headers: {
      connection: 'upgrade, close',
      upgrade: 'websocket',
      'sec-websocket-version': version
    }
  })

/** The names in a list such as `connection`, `upgrade` and `sec-websocket-protocol` have. */
const listed = (value: string | undefined) =>
  (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

/** Whether a request asks for a WebSocket (RFC 6455 4.2.1). */
export function asksWebSocket({ headers }: IncomingMessage): boolean {
  return listed(headers.upgrade?.toLowerCase()).includes('websocket')
}

/** A page of this very host; a browser gives its own scheme, and TLS may end before us. */
function isSameOrigin(origin: string, host: string): boolean {
  try {
    const url = new URL(origin)
    return url.host === new URL(`${url.protocol}//${host}`).host
  } catch {
    return false
  }
}

/** A browser opens WebSockets for any page, and tells only which (RFC 6455 10.2); without an origin it is none. */
function checkOrigin({ request, forwarded }: Exchange, allows: (origin: string) => boolean) {
  const { origin } = request.headers
  if (origin === undefined || isSameOrigin(origin, forwarded.host) || allows(origin)) return
  throw forbidden(
    'origin-not-allowed',
    'Pages of this origin may not open a WebSocket here. Add the origin to cors.origins.'
  )
}

/**
 * Throws 400, 403 or 426 for what is no good opening of a WebSocket.
 * @param allows whether pages of another origin may
 */
export function checkHandshake(exchange: Exchange, allows: (origin: string) => boolean) {
  const { request, upgrade } = exchange
  const { headers } = request
  if (upgrade === null) throw upgradeRequired('This endpoint accepts WebSocket connections only.')
  if (headers['sec-websocket-version'] !== version) {
    throw upgradeRequired(`Of the WebSocket protocol only version ${version} is known here.`)
  }
  if (!key.test(headers['sec-websocket-key'] ?? '')) {
    throw refusal(
      400,
      'malformed-request',
      'The sec-websocket-key header is not 16 bytes in base64.'
    )
  }
  if (hasBody(request)) {
    throw refusal(400, 'malformed-request', 'A WebSocket request may not have a body.')
  }
  checkOrigin(exchange, allows)
}

/** The subprotocol before a token; the token is the next entry of the list. */
const bearer = 'bearer'

/**
 * A browser cannot send `authorization` with a WebSocket, so the subprotocols `bearer` and the token itself stand
 * for it: `new WebSocket(url, ['bearer', token])`. Makes the request what it would be with the field, so that the
 * upstream never sees the two.
 */
export function takeToken({ request, upgrade, match }: Exchange) {
  const { headers, rawHeaders } = request
  const isPublic = match?.route.route.allow.includes('public')
  if (upgrade === null || isPublic || headers.authorization !== undefined) return
  const offered = listed(headers['sec-websocket-protocol'])
  const at = offered.indexOf(bearer)
  const token = offered[at + 1]
  if (at === -1 || token === undefined) return
  offered.splice(at, 2)
  headers.authorization = `Bearer ${token}`
  request.rawHeaders = rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)] as string
    return name.toLowerCase() !== 'sec-websocket-protocol'
  })
  if (offered.length > 0) request.rawHeaders.push('Sec-WebSocket-Protocol', offered.join(', '))
  upgrade.bearer = true
}

/** Whether an upstream's 101 is the answer to this request's key (RFC 6455 4.1). */
export function isAnswerTo({ headers }: IncomingMessage, answer: IncomingHttpHeaders): boolean {
  const proof = `${headers['sec-websocket-key']}${keySuffix}`
  const expected = createHash('sha1').update(proof).digest('base64')
  const { upgrade, 'sec-websocket-accept': accept } = answer
  return String(upgrade).toLowerCase() === 'websocket' && accept === expected
}

/** What makes a 101 of an answer, and goes with the fields of the upstream's. */
export function switchingFields(upstreams: HeaderLines, chosenByUs: boolean): string[] {
  const chosen = /^sec-websocket-protocol:/im.test(upstreams)
  // A browser that offered subprotocols breaks off where none is chosen.
  const protocol = chosenByUs && !chosen ? ['sec-websocket-protocol', bearer] : []
  return ['connection', 'Upgrade', 'upgrade', 'websocket', ...protocol]
}

/**
 * Whether a request may cease to be HTTP: one for a WebSocket on a line that is one. Any other that asks for an
 * upgrade is an ordinary request (guarantee F27), and so is one that stands behind another's answer.
 */
export function createUpgradeRule(matcher: ReturnType<typeof matcherOf>): UpgradeRule {
  return (request) => {
    if (!asksWebSocket(request) || request.httpVersion !== '1.1') return false
    // Called before the pipeline, which does it for every other request; an http URI may stand here, too (RFC 6455 4.1).
    takeOriginForm(request)
    const { method = '', url = '', socket } = request
    // RFC 6455 4.1: a WebSocket begins with GET; HEAD would fall under the same line.
    if (method !== 'GET') return false
    const [path = ''] = url.split('?', 1)
    if (matcher.match(method, path)?.route.route.stream !== 'websocket') return false
    // A 101 must not overtake the answer to another.
    return responseUnderWay(socket) === null
  }
}

import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { ProblemError } from '@gatehouse/service-kit'
import { fieldOf } from '../http/header-names.ts'

/** A refusal of the guard. The connection ends with it: what follows on it cannot be trusted to be a request. */
export function refusal(status: number, slug: string, detail: string, headers = {}): ProblemError {
  return new ProblemError(status, slug, detail, { headers: { ...headers, connection: 'close' } })
}

/** Most header fields of a request (guarantee F19). */
const maxFields = 100
/** RFC 3986 3.2.2 and 3.2.3 without userinfo: a name, an IPv4 address or an IPv6 literal, and a port, which may be empty. */
const authority = /^(?:[A-Za-z0-9\-._~!$&'()*+;=]+|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{0,5}))?$/
const digits = /^[0-9]{1,15}$/

const malformed = (detail: string) => refusal(400, 'malformed-request', detail)

/** The last host that was one: most requests name the same. */
let knownHost = ''

function checkHost({ headers, httpVersionMinor }: IncomingMessage) {
  const { host } = headers
  if (host === knownHost && host !== '') return
  if (host === undefined && httpVersionMinor === 0) return
  const match = authority.exec(host ?? '')
  const [, literal = '::', port = ''] = match ?? []
  if (!match || !isIPv6(literal)) throw malformed('The request names no host, or one that is none.')
  if (Number(port) > 65_535) throw malformed('The host has no such port.')
  knownHost = host ?? ''
}

/** One way only to know where the body ends (RFC 9112 6.3). */
function checkFraming({ headers, httpVersionMinor }: IncomingMessage) {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  if (length !== undefined && !digits.test(length))
    throw malformed('The content-length is no number.')
  if (coding === undefined) return
  if (httpVersionMinor === 0) throw malformed('HTTP/1.0 knows no transfer-encoding.')
  if (length !== undefined) throw malformed('A body has a content-length or chunks, not both.')
  if (coding.toLowerCase() === 'chunked') return
  if (/^[a-z-]+ *, *chunked$/i.test(coding) && !/^chunked/i.test(coding)) {
    throw refusal(501, 'not-implemented', 'Of the transfer codings only chunked is known here.')
  }
  throw malformed('The transfer-encoding is not chunked.')
}

function checkFields(rawHeaders: readonly string[]) {
  if (rawHeaders.length > maxFields * 2) {
    throw refusal(431, 'too-many-headers', `At most ${maxFields} header fields are taken.`)
  }
  let seen: string[] | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const { name, single } = fieldOf(rawHeaders[index] as string)
    if (!single) continue
    if (seen?.includes(name)) throw malformed(`The field ${name} may be sent only once.`)
    if (seen) seen.push(name)
    else seen = [name]
  }
}

/** Methods of RTSP and ICE, which Node takes from who speaks those as well; of HTTP they are none. */
const foreignMethod =
  /^(?:ANNOUNCE|DESCRIBE|FLUSH|[GS]ET_PARAMETER|PAUSE|PLAY|RECORD|REDIRECT|SETUP|SOURCE|TEARDOWN)$/

function checkMethod({ method = '' }: IncomingMessage) {
  if (method === 'TRACE' || method === 'CONNECT') {
    // RFC 9110 10.2.1: empty where there is nothing that it could be asked of.
    const allow = { allow: '' }
    throw refusal(405, 'method-not-allowed', `${method} is not answered here.`, allow)
  }
  if (foreignMethod.test(method))
    throw refusal(501, 'not-implemented', 'This method is not known here.')
}

/** Refuses a request that could be read in two ways, by us and by whoever is behind us: 400, 405, 431, 501 or 505. */
export function checkMessage(request: IncomingMessage) {
  if (request.httpVersionMajor !== 1) {
    const { httpVersion } = request
    if (httpVersion === '0.9') throw malformed('The request names no version of HTTP.')
    throw refusal(505, 'http-version-not-supported', 'This is a server of HTTP/1.1.')
  }
  checkMethod(request)
  // RFC 9110 10.1.1: HTTP/1.0 knows no expectations.
  const { expect } = request.httpVersionMinor > 0 ? request.headers : {}
  if ((expect ?? '100-continue').toLowerCase() !== '100-continue') {
    throw refusal(417, 'expectation-failed', 'Of the expectations only 100-continue is known here.')
  }
  checkFields(request.rawHeaders)
  checkHost(request)
  checkFraming(request)
}

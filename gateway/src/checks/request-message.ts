import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { ProblemError } from '@gatehouse/service-kit'
import { headerName } from '../http/header-names.ts'

/** The problem of a failed request check. It closes the connection: later bytes on it may not be a request. */
export function refusal(status: number, slug: string, detail: string, headers = {}): ProblemError {
  return new ProblemError(status, slug, detail, { headers: { ...headers, connection: 'close' } })
}

/** Headers in one request (guarantee F41). */
const maxHeaders = 100
/** RFC 3986 3.2.2 and 3.2.3 without userinfo: a name, an IPv4 address or an IPv6 literal, and a port, which may be empty. */
const authority = /^(?:[A-Za-z0-9\-._~!$&'()*+;=]+|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{0,5}))?$/
const digits = /^[0-9]{1,15}$/

const malformed = (detail: string) => refusal(400, 'malformed-request', detail)

/** The last valid Host header: most requests have the same. */
let lastHost = ''

function checkHost({ headers, httpVersionMinor }: IncomingMessage) {
  const { host } = headers
  if (host === lastHost && host !== '') return
  if (host === undefined && httpVersionMinor === 0) return
  const match = authority.exec(host ?? '')
  const [, literal = '::', port = ''] = match ?? []
  if (!match || !isIPv6(literal))
    throw malformed('The Host header is missing or invalid. Send one that names the host.')
  if (Number(port) > 65_535)
    throw malformed('The Host header has a port above 65535. Send a valid port.')
  lastHost = host ?? ''
}

/** A body's end must be unambiguous (RFC 9112 6.3). */
function checkFraming({ headers, httpVersionMinor }: IncomingMessage) {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  if (length !== undefined && !digits.test(length))
    throw malformed('The Content-Length header is not a number. Send the length in bytes.')
  if (coding === undefined) return
  if (httpVersionMinor === 0)
    throw malformed('HTTP/1.0 has no Transfer-Encoding. Send Content-Length, or use HTTP/1.1.')
  if (length !== undefined)
    throw malformed('The request has both Content-Length and Transfer-Encoding. Send one of them.')
  if (coding.toLowerCase() === 'chunked') return
  if (/^[a-z-]+ *, *chunked$/i.test(coding) && !/^chunked/i.test(coding)) {
    const detail = 'Only the transfer coding "chunked" is supported. Remove the others.'
    throw refusal(501, 'not-implemented', detail)
  }
  throw malformed('Transfer-Encoding must be "chunked". Send that, or Content-Length.')
}

function checkHeaders(rawHeaders: readonly string[]) {
  if (rawHeaders.length > maxHeaders * 2) {
    const detail = `The request has more than ${maxHeaders} headers. Send fewer.`
    throw refusal(431, 'request-header-fields-too-large', detail)
  }
  let seen: string[] | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const { name, single } = headerName(rawHeaders[index] as string)
    if (!single) continue
    if (seen?.includes(name)) throw malformed(`The header ${name} occurs twice. Send it once.`)
    if (seen) seen.push(name)
    else seen = [name]
  }
}

/** Methods of RTSP and ICE: Node's parser accepts them, HTTP does not define them. */
const foreignMethod =
  /^(?:ANNOUNCE|DESCRIBE|FLUSH|[GS]ET_PARAMETER|PAUSE|PLAY|RECORD|REDIRECT|SETUP|SOURCE|TEARDOWN)$/

function checkMethod({ method = '' }: IncomingMessage) {
  if (method === 'TRACE' || method === 'CONNECT') {
    // RFC 9110 10.2.1: empty where no method is allowed.
    const allow = { allow: '' }
    const detail = `The method ${method} is not supported. Use another method.`
    throw refusal(405, 'method-not-allowed', detail, allow)
  }
  if (foreignMethod.test(method))
    throw refusal(501, 'not-implemented', 'This method is not supported. Use a method of HTTP.')
}

/**
 * Rejects a request that the gateway and an upstream could read in two ways. Throws ProblemError 400, 405, 417, 431,
 * 501 or 505.
 */
export function checkMessage(request: IncomingMessage) {
  if (request.httpVersionMajor !== 1) {
    const { httpVersion } = request
    if (httpVersion === '0.9')
      throw malformed('The request line has no HTTP version. Send HTTP/1.1.')
    throw refusal(505, 'http-version-not-supported', 'Only HTTP/1 is supported. Send HTTP/1.1.')
  }
  checkMethod(request)
  // RFC 9110 10.1.1: HTTP/1.0 has no expectations.
  const { expect } = request.httpVersionMinor > 0 ? request.headers : {}
  if ((expect ?? '100-continue').toLowerCase() !== '100-continue') {
    const detail = 'Only "Expect: 100-continue" is supported. Remove the Expect header.'
    throw refusal(417, 'expectation-failed', detail)
  }
  checkHeaders(request.rawHeaders)
  checkHost(request)
  checkFraming(request)
}

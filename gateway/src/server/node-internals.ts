import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { ServerResponse as NodeResponse } from '@gatehouse/service-kit'

/**
 * The members of Node's HTTP server that the gateway uses and Node does not document. A test fails when one is gone
 * (test/server/node-internals.test.ts).
 */
interface Response {
  /** Milliseconds that `keep-alive` promises the client, where it is sent. */
  _keepAliveTimeout: number
  /** Whether the request waits for a 100 response. */
  _expect_continue: boolean
  /** Writes a header section: the status line, and the headers that `writeHead` was given. */
  _storeHeader: (statusLine: string, headers: readonly string[] | undefined) => void
  /** Sends a text as the next part of the message. */
  _send: (text: string, encoding: string) => void
}

/** The response that is under way on a connection; null where none is. */
export function responseUnderWay(socket: Socket): ServerResponse | null {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? null
}

const { _storeHeader, _send } = NodeResponse.prototype as unknown as Response

/** The undocumented members of a response. */
export const internalsOf = (response: object) => response as Response

/** Writes the header section of `response` as Node does: the status line, and the headers by which it frames the message. */
export function storeHeader(
  response: object,
  statusLine: string,
  headers: readonly string[] | undefined
) {
  _storeHeader.call(response, statusLine, headers)
}

/** Sends the header section of `response` as ISO 8859-1: Node's own function sends UTF-8, two bytes for each that is not ASCII. */
export function sendHeader(response: object) {
  _send.call(response, '', 'latin1')
}

import type { IncomingMessage } from 'node:http'

const closes = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const keeps = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i

/**
 * Whether a connection persists after a message (RFC 9112 9.3).
 * @param connection the Connection header, empty where there is none
 * @param isOld whether the message is HTTP/1.0
 */
export function isPersistent(connection: string, isOld: boolean): boolean {
  return !closes.test(connection) && (!isOld || keeps.test(connection))
}

/** RFC 9110 9.2.1: a retry of these changes nothing. */
export const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether the request announces a body (RFC 9112 6). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return coding !== undefined || Number(length ?? 0) !== 0
}

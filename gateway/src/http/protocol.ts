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

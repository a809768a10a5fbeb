const closes = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const keeps = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i

/**
 * Whether a connection goes on behind a message (RFC 9112 9.3).
 * @param connection the field of that name, empty where there is none
 * @param isOld whether the message is one of HTTP/1.0
 */
export function isPersistent(connection: string, isOld: boolean): boolean {
  return !closes.test(connection) && (!isOld || keeps.test(connection))
}

/** RFC 9110 9.2.1, as far as the gateway forwards them: asking twice is asking once, and changes nothing for others. */
export const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** RFC 9110 9.2.1, as far as the gateway forwards them: asking twice is asking once, and changes nothing for others. */
export const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

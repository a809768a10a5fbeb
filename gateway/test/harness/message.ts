/** One header line as it stood on the wire: the name in its own case, the value without outer spaces. */
export type Header = readonly [name: string, value: string]

/** The first part of a request or a response, as it was received. */
export interface Head {
  /** The request line or status line. */
  start: string
  headers: Header[]
  /** Everything up to and with the empty line, byte for byte (latin1). */
  text: string
}

/** How a body ends: after so many bytes, by its last chunk, or with the connection. */
export type Framing = number | 'chunked' | 'until-close'

/** Reads the text of a head; refuses nothing, so that tests see what was really sent. */
export function readHead(text: string): Head {
  const [start = '', ...lines] = text.slice(0, -4).split('\r\n')
  const headers = lines.map((line): Header => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return { start, headers, text }
}

/** Every value of a field, in order, whatever the case of its name. */
export function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value)
}

/** The framing that the header fields declare, or `otherwise` where they declare none. */
export function declaredFraming(headers: readonly Header[], otherwise: Framing): Framing {
  if (valuesOf(headers, 'transfer-encoding').join().toLowerCase().includes('chunked')) {
    return 'chunked'
  }
  const [length] = valuesOf(headers, 'content-length')
  return length === undefined ? otherwise : Number(length)
}

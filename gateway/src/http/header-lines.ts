/** A header section as bytes on the wire: lines that end with CRLF. Text is faster to build than a list. */
export type HeaderLines = string

/**
 * The lines of a list `name, value, …` whose values have no CR or LF. They are joined, since V8 keeps a concatenation as
 * a tree of its parts, and would walk it each time that cached lines are sent.
 */
export function headerLines(headers: readonly string[]): HeaderLines {
  if (headers.length === 0) return ''
  const lines: string[] = []
  for (let index = 0; index < headers.length; index += 2)
    lines.push(headers[index] as string, ': ', headers[index + 1] as string, '\r\n')
  return lines.join('')
}

/** The list `name, value, …` of header lines. */
export function headerList(lines: HeaderLines): string[] {
  const split = (line: string) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 2)]
  }
  return lines.split('\r\n').slice(0, -1).flatMap(split)
}

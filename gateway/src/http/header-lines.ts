/**
 * A header section as it is sent: its field lines, each with the CRLF that ends it. Nobody on the way needs more of it
 * than that, and a text is put together faster than a list that is made one in the end.
 */
export type FieldLines = string

/**
 * The lines of a list: name, value, name, value; values without CR and LF. Joined, and not added up: V8 keeps a sum as
 * the tree of its parts, and would go through it each time that kept lines are sent.
 */
export function linesOf(fields: readonly string[]): FieldLines {
  if (fields.length === 0) return ''
  const lines: string[] = []
  for (let index = 0; index < fields.length; index += 2)
    lines.push(fields[index] as string, ': ', fields[index + 1] as string, '\r\n')
  return lines.join('')
}

/** The list that gives these lines, for whoever wants one. */
export function fieldsOf(lines: FieldLines): string[] {
  const split = (line: string) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 2)]
  }
  return lines.split('\r\n').slice(0, -1).flatMap(split)
}

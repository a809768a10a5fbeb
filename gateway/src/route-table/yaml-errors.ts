import type { LineCounter, YAMLParseError } from 'yaml'

/** A mistake of the text itself: where it is, and what to do about it. */
export interface SyntaxFault {
  line: number
  col: number
  message: string
}

const routeKey = /^(\s*)([A-Za-z]+ +\/[^\s{]*?)(:?)(\s*)\{/
const section = /^(\s*)(services|user_types|aliases|cors|defaults|routes)\s*$/
const tab = /^ *\t/
const isBlank = (text: string) => /^\s*(?:#|$)/.test(text)
const spaces = (count: number) => (count === 1 ? '1 space' : `${count} spaces`)
const indentOf = (text: string) => text.length - text.trimStart().length

/** What is wrong with tabs, once for all of them; null where there are none. */
function tabFault(rows: readonly string[]): SyntaxFault | null {
  const found = rows.flatMap((row, index) => (tab.test(row) && !isBlank(row) ? [index + 1] : []))
  const [first] = found
  if (first === undefined) return null
  const which = found.length === 1 ? `line ${first}` : `lines ${found.join(', ')}`
  return { line: first, col: 1, message: `a tab indents ${which}: YAML is indented with spaces` }
}

/** A colon that is missing in a line, or the space behind it. */
function colonFault(row: string, line: number): SyntaxFault | null {
  const [, before = '', key = '', colon = '', gap = ''] = routeKey.exec(row) ?? []
  const col = before.length + key.length + colon.length + 1
  const written = key.replace(/ +/, ' ')
  if (key !== '' && colon === '')
    return { line, col, message: `a colon is missing: write ${written}: { … }` }
  if (key !== '' && gap === '')
    return {
      line,
      col,
      message: `a space is missing behind the colon: write ${written}: { … }`
    }
  const [, indent = '', name] = section.exec(row) ?? []
  if (name === undefined) return null
  return {
    line,
    col: indent.length + name.length + 1,
    message: `a colon is missing: write ${name}:`
  }
}

/** The last brace before a place that is not closed there. */
function openBrace(text: string, end: number): number {
  let depth = 0
  for (let index = end - 1; index >= 0; index -= 1) {
    if (text[index] === '}') depth += 1
    else if (text[index] === '{' && depth === 0) return index
    else if (text[index] === '{') depth -= 1
  }
  return -1
}

function faultOf(error: YAMLParseError, text: string, lines: LineCounter): SyntaxFault {
  const rows = text.split(/\r?\n/)
  const { line: told, col } = lines.linePos(error.pos[0])
  // The parser points at the blank lines before the one that it means.
  const skipped = rows.slice(told - 1).findIndex((other) => !isBlank(other))
  const line = told + Math.max(skipped, 0)
  const row = rows[line - 1] ?? ''
  const colon = colonFault(row, line)
  if (colon) return colon
  const above = rows.slice(0, line - 1).findLast((other) => !isBlank(other)) ?? ''
  const [here, there] = [indentOf(row), indentOf(above)]
  if (/start at the same column/.test(error.message) && here !== there) {
    const message = `is indented by ${spaces(here)} where the line above has ${there}: what is on one level begins in one column`
    return { line, col: here + 1, message }
  }
  const brace = /must be sufficiently indented and end with a \}/.test(error.message)
    ? openBrace(text, error.pos[0])
    : -1
  if (brace !== -1)
    return { ...lines.linePos(brace), message: 'the { is not closed: a } is missing' }
  if (/Block collections are not allowed within flow/.test(error.message)) {
    const message = 'a comma is missing between two keys, or quotes around a value with a colon'
    return { line, col, message }
  }
  return { line, col, message: error.message }
}

/**
 * The mistakes of a text that is no YAML, in words that say what to do; one a line, since what the parser says after its
 * first mistake in a line follows from that.
 */
export function syntaxFaults(
  errors: readonly YAMLParseError[],
  text: string,
  lines: LineCounter
): SyntaxFault[] {
  if (errors.length === 0) return []
  const tabs = tabFault(text.split(/\r?\n/))
  if (tabs) return [tabs]
  const found = new Map<number, SyntaxFault>()
  for (const error of errors) {
    const fault = faultOf(error, text, lines)
    if (!found.has(fault.line)) found.set(fault.line, fault)
  }
  return [...found.values()]
}

import type { LineCounter, YAMLParseError } from 'yaml'

/** An error of the YAML text: where it is, and what to do about it. */
export interface YamlError {
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

/** The error of all tabs together; null where there are none. */
function tabError(rows: readonly string[]): YamlError | null {
  const found = rows.flatMap((row, index) => (tab.test(row) && !isBlank(row) ? [index + 1] : []))
  const [first] = found
  if (first === undefined) return null
  const which = found.length === 1 ? `line ${first}` : `lines ${found.join(', ')}`
  return { line: first, col: 1, message: `a tab indents ${which}: use spaces` }
}

/** A missing colon, or a missing space after one. */
function colonError(row: string, line: number): YamlError | null {
  const [, before = '', key = '', colon = '', gap = ''] = routeKey.exec(row) ?? []
  const col = before.length + key.length + colon.length + 1
  const written = key.replace(/ +/, ' ')
  if (key !== '' && colon === '')
    return { line, col, message: `a colon is missing: write ${written}: { … }` }
  if (key !== '' && gap === '')
    return {
      line,
      col,
      message: `a space is missing after the colon: write ${written}: { … }`
    }
  const [, indent = '', name] = section.exec(row) ?? []
  if (name === undefined) return null
  return {
    line,
    col: indent.length + name.length + 1,
    message: `a colon is missing: write ${name}:`
  }
}

/** The last brace before `end` that is still open there. */
function openBrace(text: string, end: number): number {
  let depth = 0
  for (let index = end - 1; index >= 0; index -= 1) {
    if (text[index] === '}') depth += 1
    else if (text[index] === '{' && depth === 0) return index
    else if (text[index] === '{') depth -= 1
  }
  return -1
}

function errorOf(error: YAMLParseError, text: string, lines: LineCounter): YamlError {
  const rows = text.split(/\r?\n/)
  const { line: reported, col } = lines.linePos(error.pos[0])
  // The parser points at the blank lines before the line with the error.
  const skipped = rows.slice(reported - 1).findIndex((other) => !isBlank(other))
  const line = reported + Math.max(skipped, 0)
  const row = rows[line - 1] ?? ''
  const colon = colonError(row, line)
  if (colon) return colon
  const above = rows.slice(0, line - 1).findLast((other) => !isBlank(other)) ?? ''
  const [here, there] = [indentOf(row), indentOf(above)]
  if (/start at the same column/.test(error.message) && here !== there) {
    const message = `is indented by ${spaces(here)}, the line above by ${there}: align the keys of one level`
    return { line, col: here + 1, message }
  }
  const brace = /must be sufficiently indented and end with a \}/.test(error.message)
    ? openBrace(text, error.pos[0])
    : -1
  if (brace !== -1) return { ...lines.linePos(brace), message: 'the { is not closed: add a }' }
  if (/Block collections are not allowed within flow/.test(error.message)) {
    const message = 'a comma between two keys is missing, or quotes around a value with a colon'
    return { line, col, message }
  }
  return { line, col, message: error.message }
}

/**
 * The errors of a text that is not YAML, with what to do; one for each line, since the parser's further errors in a line
 * follow from its first.
 */
export function syntaxErrors(
  errors: readonly YAMLParseError[],
  text: string,
  lines: LineCounter
): YamlError[] {
  if (errors.length === 0) return []
  const tabs = tabError(text.split(/\r?\n/))
  if (tabs) return [tabs]
  const found = new Map<number, YamlError>()
  for (const error of errors) {
    const first = errorOf(error, text, lines)
    if (!found.has(first.line)) found.set(first.line, first)
  }
  return [...found.values()]
}

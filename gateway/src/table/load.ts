import { readFileSync } from 'node:fs'
import { StartError } from '@gatehouse/service-kit'
import { checkShape } from './check.ts'
import { compileTable } from './compile.ts'
import { TableError } from './faults.ts'
import type { Table } from './route.ts'
import { readSource } from './source.ts'

/** No YAML has a NUL, and UTF-16 read as UTF-8 is full of them. */
const notText = {
  line: 1,
  column: 1,
  at: '',
  message: 'the file is no text in UTF-8, but perhaps in UTF-16: save it as UTF-8'
}

/**
 * Turns the text of a table into the table that is served. Throws one TableError with every mistake:
 * YAML, missing variables, shape, and what the lines mean together.
 * @param file its name, for messages
 * @param env fills `${NAME}` and `${NAME:-default}`
 */
export function parseTable(text: string, file: string, env: NodeJS.ProcessEnv): Table {
  if (text.includes('\0')) throw new TableError(file, [notText])
  const source = readSource(text, env)
  const shaped = source.readable ? checkShape(source.value, source.report) : null
  const table = shaped && compileTable(shaped, source)
  if (table && source.faults.length === 0) return table
  throw new TableError(file, source.faults)
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(`The table ${file} cannot be read (${code}); set GATEWAY_CONFIG.`)
  }
}

/** Reads and checks the table file; throws StartError where it cannot be read, TableError where it is wrong. */
export function loadTable(file: string, env: NodeJS.ProcessEnv): Table {
  return parseTable(readTable(file), file, env)
}

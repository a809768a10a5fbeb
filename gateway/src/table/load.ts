import { readFileSync } from 'node:fs'
import { StartError } from '@gatehouse/service-kit'
import { checkShape } from './check.ts'
import { compileTable } from './compile.ts'
import { TableError } from './faults.ts'
import type { Table } from './route.ts'
import { readSource } from './source.ts'

/**
 * Turns the text of a table into the table that is served. Throws one TableError with every mistake:
 * YAML, missing variables, shape, and what the lines mean together.
 * @param file its name, for messages
 * @param env fills `${NAME}` and `${NAME:-default}`
 */
export function parseTable(text: string, file: string, env: NodeJS.ProcessEnv): Table {
  const source = readSource(text, env)
  const shaped = source.readable ? checkShape(source.value, source.report) : null
  const table = shaped && compileTable(shaped, source)
  if (table && source.faults.length === 0) return table
  throw new TableError(file, source.faults)
}

/** Reads and checks the table file; throws StartError where it cannot be read, TableError where it is wrong. */
export function loadTable(file: string, env: NodeJS.ProcessEnv): Table {
  try {
    return parseTable(readFileSync(file, 'utf8'), file, env)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new StartError(`The table ${file} cannot be read (${code}); set GATEWAY_CONFIG.`)
  }
}

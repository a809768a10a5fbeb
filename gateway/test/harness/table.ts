import assert from 'node:assert/strict'
import { parseTable } from '../../src/route-table/load.ts'

/** What the loader says of a table; fails where it finds no fault. */
export function faultsOf(table: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    parseTable(table, 'gateway.yml', env)
  } catch (error) {
    return (error as Error).message
  }
  return assert.fail('the table was taken')
}

/** The mistakes that the loader tells of a table, one a line: `4:3 GET /a: is there twice`. */
export function mistakesOf(table: string, env: NodeJS.ProcessEnv = {}): string[] {
  const [, ...lines] = faultsOf(table, env).split('\n')
  return lines.map((line) => line.trim().replace('gateway.yml:', ''))
}

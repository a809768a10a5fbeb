import { parseArgs } from 'node:util'
import { StartError } from '@gatehouse/service-kit'
import { type Decision, decide } from '../auth/authorize.ts'
import { loadTable } from '../route-table/load.ts'
import type { Route, Table } from '../route-table/types.ts'
import type { Printed } from './commands.ts'

/** A route, and its decision for each caller of the matrix, in their order. */
export interface MatrixRow {
  /** As in the table: `GET /api/users/:id`. */
  route: string
  cells: readonly Decision[]
}

export interface Matrix {
  /** `anonymous`, `user`, `owner`, then each user type that some route allows. */
  callers: readonly string[]
  rows: readonly MatrixRow[]
}

const ownerId = 'owner'
/** A user type that no route can allow: the schema requires letters. */
const otherType = ' '

/** The user types that some route allows, in the order of the routes. */
function typesIn(routes: readonly Route[]): string[] {
  const words = new Set(routes.flatMap(({ allow }) => allow))
  return [...words].filter((word) => !['public', 'user', 'owner'].includes(word))
}

/**
 * The decision of each route for an anonymous caller, for a user of a type that no route allows, for such a user as the
 * owner, and for each type that some route allows. Ownership that only a service knows is not in it.
 */
export function matrixOf({ routes }: Table): Matrix {
  const types = typesIn(routes)
  const sub = (isOwner: boolean) => (isOwner ? ownerId : '')
  const callers = [
    null,
    { sub: sub(false), user_type: otherType },
    { sub: sub(true), user_type: otherType },
    ...types.map((user_type) => ({ sub: sub(false), user_type }))
  ]
  const rows = routes.map(({ method, path, allow }) => ({
    route: `${method} ${path}`,
    cells: callers.map((caller) => decide(allow, caller, ownerId))
  }))
  return { callers: ['anonymous', 'user', 'owner', ...types], rows }
}

/** The matrix as a Markdown table, its columns aligned for reading as plain text. */
export function markdownOf({ callers, rows }: Matrix): string {
  const texts = [['route', ...callers], ...rows.map(({ route, cells }) => [route, ...cells])]
  const widths = ['route', ...callers].map((_, column) =>
    Math.max(...texts.map((row) => `${row[column]}`.length))
  )
  const lines = texts.map((row) =>
    row.map((cell, column) => `${cell}`.padEnd(widths[column] ?? 0)).join(' | ')
  )
  const rule = widths.map((width) => '-'.repeat(width)).join(' | ')
  return lines
    .toSpliced(1, 0, rule)
    .map((line) => `| ${line} |\n`)
    .join('')
}

const usage = `npm run gateway -- matrix [table]

Prints the callers that each route allows, as Markdown; of gateway/gateway.yml by default.

Example: npm run gateway -- matrix gateway/gateway.yml`

/** The path of the table, or null for --help. */
function tableIn(args: string[]): string | null {
  const options = { help: { type: 'boolean' } } as const
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (positionals.length > 1)
      throw new Error(`One table at a time, not ${positionals.join(' ')}.`)
    return values.help ? null : (positionals[0] ?? `${import.meta.dirname}/../../gateway.yml`)
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`)
  }
}

const legend = `
pass: forwarded; the service may still refuse. user, owner: signed in, of a type that no route allows.
`

/** `npm run gateway -- matrix`: prints the callers that each route allows, as Markdown. */
export async function printMatrix(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const file = tableIn(args)
  if (file === null) return { text: `${usage}\n`, exitCode: 0 }
  const table = loadTable(file, env)
  const aliases = table.aliases.map(
    ({ from, to }) => `${from} is an alias of ${to}: the same callers are allowed.\n`
  )
  return { text: markdownOf(matrixOf(table)) + legend + aliases.join(''), exitCode: 0 }
}

import { type Decision, decide } from '../../auth/authorize.ts'
import type { Route, Table } from '../../route-table/types.ts'

/** One line of the table, and what it decides for each of the matrix's callers, in their order. */
export interface MatrixRow {
  /** As the table names it: `GET /api/users/:id`. */
  route: string
  cells: readonly Decision[]
}

export interface Matrix {
  /** `anonymous`, `user`, `owner`, then each user type that some line names. */
  callers: readonly string[]
  rows: readonly MatrixRow[]
}

const ownId = 'own'
/** A user type that no line can name: the schema wants letters. */
const unnamed = ' '

/** The user types that some line names, in the order of the lines. */
function typesIn(routes: readonly Route[]): string[] {
  const words = new Set(routes.flatMap(({ allow }) => allow))
  return [...words].filter((word) => !['public', 'user', 'owner'].includes(word))
}

/**
 * What each line of the table decides for nobody, for a user of a type that no line names, for the same one as the
 * owner of what is asked for, and for each type that is named. Ownership that only a service knows is not in it.
 */
export function matrixOf({ routes }: Table): Matrix {
  const types = typesIn(routes)
  const sub = (isOwner: boolean) => (isOwner ? ownId : '')
  const callers = [
    null,
    { sub: sub(false), user_type: unnamed },
    { sub: sub(true), user_type: unnamed },
    ...types.map((user_type) => ({ sub: sub(false), user_type }))
  ]
  const rows = routes.map(({ method, path, allow }) => ({
    route: `${method} ${path}`,
    cells: callers.map((caller) => decide(allow, caller, ownId))
  }))
  return { callers: ['anonymous', 'user', 'owner', ...types], rows }
}

/** The matrix as a Markdown table, its columns aligned for reading as plain text. */
export function markdownOf({ callers, rows }: Matrix): string {
  const texts = [['route', ...callers], ...rows.map(({ route, cells }) => [route, ...cells])]
  const widths = ['route', ...callers].map((_, column) =>
    Math.max(...texts.map((line) => `${line[column]}`.length))
  )
  const lines = texts.map((line) =>
    line.map((cell, column) => `${cell}`.padEnd(widths[column] ?? 0)).join(' | ')
  )
  const rule = widths.map((width) => '-'.repeat(width)).join(' | ')
  return lines
    .toSpliced(1, 0, rule)
    .map((line) => `| ${line} |\n`)
    .join('')
}

import { StartError } from '@gatehouse/service-kit'

/** One error of a route table, and its position in the file. */
export interface SourceError {
  line: number
  column: number
  /** The route or key it belongs to: `GET /api/users`. */
  at: string
  message: string
}

/** All errors of a route table: `gateway.yml:12:3 GET /api/users: …`. */
export class TableError extends StartError {
  readonly errors: readonly SourceError[]

  constructor(file: string, errors: readonly SourceError[]) {
    const sorted = errors.toSorted((a, b) => a.line - b.line || a.column - b.column)
    const lines = sorted.map(
      ({ line, column, at, message }) => `  ${file}:${line}:${column} ${at && `${at}: `}${message}`
    )
    const count = errors.length === 1 ? '1 error' : `${errors.length} errors`
    super(`The route table has ${count}:\n${lines.join('\n')}`)
    this.errors = sorted
  }
}

/** Edit distance between two short words; a swapped pair of letters is one edit (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swap))
    }
  }
  return at(a.length, b.length)
}

/** ` (did you mean …?)` where a known word is similar, otherwise the known words. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase())
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0]
  if (near) return ` (did you mean ${near.candidate}?)`
  return known.length > 0 ? ` (known: ${known.join(', ')})` : ''
}

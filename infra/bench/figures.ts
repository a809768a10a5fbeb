/** The one in the middle, of two the higher; NaN of nothing. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** A line of what the command prints. */
export const say = (text: string) => process.stdout.write(`${text}\n`)

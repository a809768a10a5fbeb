import type { Sample } from './measure.ts'

/** One run, with the processor time that the peer used for each request. */
export interface Run extends Sample {
  cpuUs: number
}

/** What the runs of one peer come to. */
export interface Row extends Run {
  name: string
  peakMb: number | null
  /** Requests a second, in relation to the yardstick's. */
  ratio: number
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/**
 * The median of every figure over the runs of one peer. The ratio is taken within each round, where both met
 * the same state of the machine, and then its median.
 */
export function summarise(
  name: string,
  peakMb: number | null,
  samples: Run[],
  yardstick: Run[]
): Row {
  return {
    name,
    peakMb,
    perSecond: median(samples.map(({ perSecond }) => perSecond)),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99)),
    cpuUs: median(samples.map(({ cpuUs }) => cpuUs)),
    ratio: median(samples.map((one, i) => one.perSecond / (yardstick[i]?.perSecond ?? Number.NaN)))
  }
}

const heads = ['peer', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs', 'peak MB', 'ratio']

/** The rows as a Markdown table. */
export function tableOf(rows: Row[]): string {
  const cells = rows.map(({ name, perSecond, p50, p99, cpuUs, peakMb, ratio }) => [
    name,
    perSecond.toLocaleString('en'),
    p50.toFixed(2),
    p99.toFixed(2),
    Number.isNaN(cpuUs) ? '' : cpuUs.toFixed(1),
    `${peakMb ?? ''}`,
    Number.isNaN(ratio) ? '' : ratio.toFixed(2)
  ])
  const rule = heads.map((_, column) => (column === 0 ? '-' : '-:'))
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0))
  )
  const padded = (row: string[], fill: string) =>
    row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0, fill) : cell.padStart(widths[i] ?? 0, fill)
    )
  const lines = [padded(heads, ' '), padded(rule, '-'), ...cells.map((row) => padded(row, ' '))]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

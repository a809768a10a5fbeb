import type { Sample } from './measure.ts'

/** What the runs of one peer come to. */
export interface Row extends Sample {
  name: string
  peakMb: number | null
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The median of every figure over the runs of one peer. */
export function summarise(name: string, samples: Sample[], peakMb: number | null): Row {
  return {
    name,
    peakMb,
    perSecond: median(samples.map(({ perSecond }) => perSecond)),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99))
  }
}

/** A Markdown table; `yardstick` is the row that the others are compared with. */
export function tableOf(rows: Row[], yardstick: Row | undefined): string {
  const cells = rows.map(({ name, perSecond, p50, p99, peakMb }) => [
    name,
    perSecond.toLocaleString('en'),
    p50.toFixed(2),
    p99.toFixed(2),
    peakMb === null ? '' : `${peakMb}`,
    yardstick ? (perSecond / yardstick.perSecond).toFixed(2) : ''
  ])
  const head = ['peer', 'requests/s', 'p50 ms', 'p99 ms', 'peak MB', 'ratio']
  const widths = head.map((_, column) =>
    Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0))
  )
  const line = (row: string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...cells.map(line)].join('\n')
}

import { median } from './figures.ts'
import type { Sample } from './measure.ts'

/** One run, with the processor time that the peer used for each request. */
export interface Run extends Sample {
  cpuUs: number
}

/** What the runs of one peer come to. */
export interface Row extends Omit<Run, 'requests'> {
  name: string
  peakMb: number | null
  /** Our requests a second, in relation to this peer's. */
  ratio: number
  /** The p99 above the one of going direct, in ms. */
  addedMs: number
}

/**
 * The median of every figure over the runs of one peer. Ratios are taken within each round, where both met
 * the same state of the machine, and then their median.
 */
export function summarise(
  name: string,
  peakMb: number | null,
  samples: Run[],
  { ours, direct }: { ours: Run[]; direct: Run[] }
): Row {
  const p99 = (runs: Run[]) => median(runs.map((run) => run.p99))
  return {
    name,
    peakMb,
    perSecond: median(samples.map(({ perSecond }) => perSecond)),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: p99(samples),
    addedMs: p99(samples) - p99(direct),
    cpuUs: median(samples.map(({ cpuUs }) => cpuUs)),
    ratio: median(samples.map((one, i) => (ours[i]?.perSecond ?? Number.NaN) / one.perSecond))
  }
}

const heads = [
  'peer',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'peak MB',
  'ours ÷ it',
  'p99 added'
]

const shown = (value: number, digits: number) => (Number.isNaN(value) ? '' : value.toFixed(digits))

/** The rows as a Markdown table. */
export function tableOf(rows: Row[]): string {
  const cells = rows.map(({ name, perSecond, p50, p99, cpuUs, peakMb, ratio, addedMs }) => [
    name,
    perSecond.toLocaleString('en'),
    p50.toFixed(2),
    p99.toFixed(2),
    shown(cpuUs, 1),
    `${peakMb ?? ''}`,
    shown(ratio, 2),
    shown(addedMs, 2)
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

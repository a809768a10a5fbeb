import type { Verified } from './verify.ts'

export interface Counted extends Verified {
  /** How often each part was killed. */
  killed: Record<string, number>
  /** How often a client asked again. */
  retries: number
}

const shownFaults = 20

/** What happened, as a short table, and below it what was promised and is not so. */
export function report(counted: Counted, { seconds, on }: { seconds: number; on: string }): string {
  const { killed, acknowledged, found, changes, deletions, cancelled, retries, faults } = counted
  const kills = Object.entries(killed).map(([name, count]) => `${name} ${count}`)
  const rows: [string, string | number][] = [
    ['killed with SIGKILL', kills.join(', ')],
    ['requests asked again', retries],
    ['orders acknowledged', acknowledged],
    ['of these there', found],
    ['rows of history', changes],
    ['users deleted', deletions],
    ['their orders, each cancelled once', cancelled],
    ['faults', faults.length]
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  const told = faults.slice(0, shownFaults).map((fault) => `  FAULT: ${fault}`)
  return ['', `Chaos on ${on}, ${seconds} s:`, ...lines, ...told, ''].join('\n')
}

import { createHistogram } from './histogram.ts'
import { openConnection } from './keep-alive.ts'
import type { Load } from './measure.ts'

/**
 * The load generator, a process of its own; prints what it saw as one line of JSON. Without a `rate` each connection
 * asks as soon as it has its answer. With one, requests begin when they are due, whatever became of the others, and a
 * latency counts from that moment: a server that stalls cannot hide the requests that had to wait for it.
 */
const { port, path, method, headers, bodyBytes, connections, seconds, rate } = JSON.parse(
  process.argv[2] ?? ''
) as Load & { port: number }

const fields = { host: 'bench', ...headers, ...(bodyBytes && { 'content-length': bodyBytes }) }
const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
const request = Buffer.from(
  `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${'x'.repeat(bodyBytes)}`
)

/** At a fixed rate the cold start of this program would be most of what is seen; it is left out. */
const warmUpMs = rate === null ? 0 : 500

const histogram = createHistogram()
const statuses: Record<string, number> = {}
let broken = 0
let over = false

type Connection = ReturnType<typeof openConnection>
const idle: [Connection, begin: (dueMs: number) => void][] = []
/** When the requests were due that no connection was free for. */
const waiting: number[] = []

function join() {
  let dueMs = 0
  const begin = (due: number) => {
    dueMs = due
    connection.send(request)
  }
  function next() {
    if (over) return
    if (rate === null) return begin(performance.now())
    const due = waiting.shift()
    if (due === undefined) idle.push([connection, begin])
    else begin(due)
  }
  const connection = openConnection(port, {
    ready: next,
    answer(status) {
      if (dueMs >= begun + warmUpMs) histogram.record(performance.now() - dueMs)
      statuses[status] = (statuses[status] ?? 0) + 1
      next()
    },
    broken: () => {
      broken += 1
    }
  })
}

/** Begins whatever is due by now. */
function pace(perMs: number) {
  let count = 0
  setInterval(() => {
    for (const due = () => begun + count / perMs; due() <= performance.now(); count += 1) {
      // The longest idle first: one that is never used is closed by a careful server.
      const free = idle.shift()
      if (free) free[1](due())
      else waiting.push(due())
    }
  }, 1)
}

const begun = performance.now()
for (let i = 0; i < connections; i += 1) join()
if (rate !== null) pace(rate / 1000)
setTimeout(
  () => {
    over = true
    const ms = performance.now() - begun - warmUpMs
    const perSecond = Math.round((histogram.count() * 1000) / ms)
    const p50 = histogram.percentile(0.5)
    const p99 = histogram.percentile(0.99)
    const report = JSON.stringify({ perSecond, p50, p99, statuses, broken })
    process.stdout.write(`${report}\n`, () => process.exit(0))
  },
  seconds * 1000 + warmUpMs
)

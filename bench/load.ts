import { connect } from 'node:net'

/**
 * The load generator, a process of its own: keeps `connections` requests under way for `seconds`, one a
 * connection, and prints what it saw as one line of JSON. Bare sockets: a client library would cost more
 * than the gateways that are measured.
 */
interface Job {
  port: number
  path: string
  headers: Record<string, string>
  connections: number
  seconds: number
}

const { port, path, headers, connections, seconds } = JSON.parse(process.argv[2] ?? '') as Job
const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
const request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: bench\r\n${lines.join('')}\r\n`)

/** One count for every 10 µs, up to a second. */
const stepsPerMs = 100
const histogram = new Uint32Array(1000 * stepsPerMs + 1)
const statuses: Record<string, number> = {}
let done = 0
let broken = 0
let over = false

function record(startedMs: number, status: string) {
  const step = Math.floor((performance.now() - startedMs) * stepsPerMs)
  const last = histogram.length - 1
  histogram[Math.min(step, last)] = (histogram[Math.min(step, last)] ?? 0) + 1
  statuses[status] = (statuses[status] ?? 0) + 1
  done += 1
}

/** Whether `bytes` end a chunked body (as answers of this bench do, in one piece with their last chunk). */
const endsChunked = (bytes: Buffer) => bytes.toString('latin1', bytes.length - 5) === '0\r\n\r\n'

function open() {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let startedMs = 0
  let left = -1
  let status = ''

  function send() {
    if (over) return socket.destroy()
    startedMs = performance.now()
    left = -1
    socket.write(request)
  }
  function readHead(bytes: Buffer) {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) throw new Error('an answer whose head came in parts')
    const head = bytes.toString('latin1', 0, end)
    status = head.slice(9, 12)
    const length = /content-length: *(\d+)/i.exec(head)?.[1]
    left = length === undefined ? Number.POSITIVE_INFINITY : Number(length) + end + 4
  }
  socket.on('connect', send)
  socket.on('data', (bytes) => {
    if (left < 0) readHead(bytes)
    left -= bytes.length
    if (left > 0 && !(left === Number.POSITIVE_INFINITY && endsChunked(bytes))) return
    record(startedMs, status)
    send()
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    if (over) return
    broken += 1
    setTimeout(open, 10)
  })
}

function percentile(share: number): number {
  let left = done * share
  for (const [step, count] of histogram.entries()) {
    left -= count
    if (left <= 0) return (step + 1) / stepsPerMs
  }
  return 0
}

for (let i = 0; i < connections; i += 1) open()
const begun = performance.now()
setTimeout(() => {
  over = true
  const perSecond = Math.round((done * 1000) / (performance.now() - begun))
  const report = { perSecond, p50: percentile(0.5), p99: percentile(0.99), statuses, broken }
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0))
}, seconds * 1000)

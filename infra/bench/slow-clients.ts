// `npm run bench -- slow-clients`: what 200 slow bodies and 200 slow readers of two addresses do to clients of others.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { say } from './figures.ts'
import { createHistogram } from './histogram.ts'
import { readOptions } from './options.ts'
import { startServer } from './pinned.ts'
import { internalSecret, jwtSecret, mintToken } from './token.ts'

const options = readOptions({ seconds: 20, bodies: 200, readers: 200, 'at-most-ms': 500 })
const loginsPerSecond = 25
const readsPerSecond = 100
/** Slow clients come back so long after they were cut off, in ms. */
const backMs = 1000
const cores = '0-1'
const root = join(import.meta.dirname, '../..')

/** The table of the bench, before one upstream that takes logins as it takes all else: no hash is measured. */
const tableOf = (port: number) => `
services: { echo: { url: "http://127.0.0.1:${port}", strip: /api } }
defaults: { timeout: 10s, body: 10mb, rate: off }
routes:
  POST /api/login:      { to: echo, allow: public }
  POST /api/upload:     { to: echo, allow: public }
  GET /api/bytes/:size: { to: echo, allow: public }
  GET /api/orders/:id:  { to: echo, allow: user }
`

const post = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n{`

/** Opens connections from `from` and hands each to `use`, again whenever the gateway closes it, until `signal`. */
function keepOpen(
  { port, from, count, signal }: { port: number; from: string; count: number; signal: AbortSignal },
  use: (socket: Socket, index: number) => NodeJS.Timeout | undefined
) {
  function open(index: number) {
    if (signal.aborted) return
    const socket = connect({ port, host: '127.0.0.1', localAddress: from })
    const end = () => socket.destroy()
    signal.addEventListener('abort', end)
    let timer: NodeJS.Timeout | undefined
    socket.on('connect', () => {
      timer = use(socket, index)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(timer)
      signal.removeEventListener('abort', end)
      setTimeout(open, backMs, index).unref()
    })
  }
  for (let index = 0; index < count; index += 1) open(index)
}

/** Half of them send small bodies to the login, half large ones; a byte every second. */
function sendSlowly(socket: Socket, index: number): NodeJS.Timeout {
  socket.resume()
  socket.write(index % 2 === 0 ? post('/api/login', 1000) : post('/api/upload', 1_000_000))
  return setInterval(() => socket.write('x'), 1000)
}

/** Asks for 20 MB and reads none of it. */
function readNothing(socket: Socket): undefined {
  socket.pause()
  socket.write('GET /api/bytes/20000000 HTTP/1.1\r\nhost: gateway\r\n\r\n')
}

interface Kind {
  method: string
  path: string
  headers: Record<string, string>
  body: string
  rate: number
}

/** Sends requests of a kind at its rate, and returns their latencies and how often each status came. */
async function ask(port: number, { method, path, headers, body, rate }: Kind) {
  const latencies = createHistogram()
  const statuses: Record<string, number> = {}
  const agent = new Agent({ keepAlive: true })
  const under: Promise<void>[] = []
  function once() {
    const { promise, resolve } = Promise.withResolvers<void>()
    const started = performance.now()
    const end = (status: number | string) => {
      latencies.record(performance.now() - started)
      statuses[status] = (statuses[status] ?? 0) + 1
      resolve()
    }
    const length = { 'content-length': body.length }
    const asked = request({ port, method, path, agent, headers: { ...headers, ...length } })
    asked.on('response', (response) =>
      response.resume().on('end', () => end(response.statusCode ?? 0))
    )
    asked.on('error', () => end('error'))
    asked.end(body)
    under.push(promise)
  }
  const start = performance.now()
  for (let sent = 0; sent < rate * options.seconds; sent += 1) {
    await wait(Math.max(0, start + (sent * 1000) / rate - performance.now()))
    once()
  }
  await Promise.all(under)
  agent.destroy()
  return { p50: latencies.percentile(0.5), p99: latencies.percentile(0.99), statuses }
}

async function askBoth(port: number) {
  const json = { 'content-type': 'application/json' }
  const login = { method: 'POST', path: '/api/login', headers: json, body: '{"username":"user"}' }
  const headers = { authorization: `Bearer ${mintToken()}` }
  const read = { method: 'GET', path: '/api/orders/1', headers, body: '' }
  const [logins, reads] = await Promise.all([
    ask(port, { ...login, rate: loginsPerSecond }),
    ask(port, { ...read, rate: readsPerSecond })
  ])
  return { logins, reads }
}

/** Prints what was measured, and returns whether all of it is as it should be. */
function report(phase: string, measured: Awaited<ReturnType<typeof askBoth>>): boolean {
  let isGood = true
  for (const [kind, { p50, p99, statuses }] of Object.entries(measured)) {
    const latencies = `${p50.toFixed(1)} ms | ${p99.toFixed(1)} ms`
    say(`| ${phase} | ${kind} | ${latencies} | ${JSON.stringify(statuses)} |`)
    if (p99 > options['at-most-ms'] || Object.keys(statuses).join() !== '200') isGood = false
  }
  return isGood
}

async function measure(port: number) {
  say('| | requests | p50 | p99 | responses |\n|---|---|---|---|---|')
  const alone = await askBoth(port)
  report('alone', alone)
  const slow = new AbortController()
  const { signal } = slow
  keepOpen({ port, from: '127.0.0.2', count: options.bodies, signal }, sendSlowly)
  keepOpen({ port, from: '127.0.0.3', count: options.readers, signal }, readNothing)
  await wait(1000)
  const beside = await askBoth(port)
  slow.abort()
  if (!report('beside slow clients', beside)) process.exitCode = 1
}

const folder = await mkdtemp(join(tmpdir(), 'bench-'))
const upstream = await startServer(cores, [process.execPath, `${import.meta.dirname}/upstream.ts`])
try {
  const file = join(folder, 'gateway.yml')
  await writeFile(file, tableOf(upstream.port))
  const env = {
    JWT_SECRET: jwtSecret,
    INTERNAL_SECRET: internalSecret,
    GATEWAY_CONFIG: file,
    LOG_LEVEL: 'warn'
  }
  const main = join(root, 'gateway/src/main.ts')
  const gateway = await startServer(cores, [process.execPath, main], { env })
  try {
    await measure(gateway.port)
    say(`\npeak resident memory of the gateway: ${gateway.peakMb()} MB`)
  } finally {
    await gateway.stop()
  }
} finally {
  await upstream.stop()
  await rm(folder, { recursive: true })
}

// `npm run bench -- logins`: what a hundred people who log in at once do to everybody else, and how many of them get in.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import bcrypt from 'bcrypt'
import { median, say } from './figures.ts'
import type { Sample } from './measure.ts'
import { readOptions } from './options.ts'
import { postLogin, startSystem, tokenOf } from './system.ts'

const options = readOptions({
  rounds: 3,
  seconds: 20,
  clients: 100,
  cost: 12,
  cores: 2,
  'at-least-percent': 85,
  'at-most-ms': 100
})
const { seconds, cost } = options
/** Begun at this rate, whatever became of the ones before. */
const readsPerSecond = 25
const healthPerSecond = 5
/** Their programs start before the storm: that is work of the bench, and not of the system. */
const startSeconds = 1

/** Runs `work` again and again in `times` lanes until the time is up, and gives how often it gave true, per second. */
async function perSecond(times: number, work: () => Promise<boolean>): Promise<number> {
  const start = performance.now()
  const over = () => performance.now() - start > seconds * 1000
  let count = 0
  const lane = async () => {
    while (!over()) if ((await work()) && !over()) count += 1
  }
  await Promise.all(Array.from({ length: times }, lane))
  // Who was told to wait may come back when the time is up; that is not counted, on neither side.
  return count / seconds
}

/** bcrypt and nothing else: as many comparisons at once as the service makes. */
async function alone(): Promise<number> {
  const hash = await bcrypt.hash('x'.repeat(64), cost)
  return perSecond(options.cores, async () => bcrypt.compare('x'.repeat(64), hash))
}

/** One login of a client that does as it is told: where there are too many, it comes back later. */
async function logIn(url: string, shed: { count: number }): Promise<boolean> {
  const response = await postLogin(url, { username: 'user', password: 'u' })
  await response.arrayBuffer()
  if (response.status === 200) return true
  if (response.status !== 503) throw new Error(`A login gave ${response.status}.`)
  shed.count += 1
  const seconds = Number(response.headers.get('retry-after'))
  await wait(seconds * 1000 * (1 + Math.random() / 2))
  return false
}

/** Asks at a fixed rate, in a process of its own: `load.ts` with its latencies and statuses. */
async function ask(port: string, path: string, headers: Record<string, string>, rate: number) {
  const volume = { bodyBytes: 0, connections: 4, seconds: seconds + startSeconds, rate }
  const load = { port, path, method: 'GET', headers, ...volume }
  const program = `${import.meta.dirname}/load.ts`
  const child = spawn(process.execPath, [program, JSON.stringify(load)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  return JSON.parse(await text(child.stdout)) as Sample & { statuses: Record<string, number> }
}

async function storm(url: string, token: string) {
  const shed = { count: 0 }
  const { port } = new URL(url)
  const authorization = `Bearer ${token}`
  const asked = [
    ask(port, '/api/orders?limit=1', { authorization }, readsPerSecond),
    ask(port, '/health/ready', {}, healthPerSecond)
  ] as const
  await wait(startSeconds * 1000)
  const logins = await perSecond(options.clients, async () => logIn(url, shed))
  const [read, healthy] = await Promise.all(asked)
  return { logins, shed: shed.count, read, healthy }
}

async function measure(url: string) {
  const token = await tokenOf(url, 'user', 'u')
  const ratios: number[] = []
  const p99s: number[] = []
  let allFine = true
  say(
    '| round | bcrypt alone /s | logins /s | ratio | told to wait | reads p50 | p99 | answers | health |'
  )
  say('|---|---|---|---|---|---|---|---|---|')
  for (let round = 1; round <= options.rounds; round += 1) {
    const before = await alone()
    const { logins, shed, read, healthy } = await storm(url, token)
    const bare = (before + (await alone())) / 2
    const { p50, p99 } = read
    ratios.push(logins / bare)
    p99s.push(p99)
    for (const { statuses } of [read, healthy])
      if (Object.keys(statuses).some((status) => status !== '200')) allFine = false
    const latencies = `${p50.toFixed(1)} ms | ${p99.toFixed(1)} ms`
    const answers = `${JSON.stringify(read.statuses)} | ${JSON.stringify(healthy.statuses)}`
    const rates = `${bare.toFixed(2)} | ${logins.toFixed(2)} | ${((logins / bare) * 100).toFixed(0)} %`
    say(`| ${round} | ${rates} | ${shed} | ${latencies} | ${answers} |`)
  }
  return { percent: median(ratios) * 100, p99: median(p99s), allFine }
}

const system = await startSystem({ BCRYPT_COST: String(cost) })
try {
  const { percent, p99, allFine } = await measure(system.url)
  say(`\nmedian: ${percent.toFixed(1)} % of bcrypt alone, reads p99 ${p99.toFixed(1)} ms`)
  const good = allFine && percent >= options['at-least-percent'] && p99 <= options['at-most-ms']
  if (!good) process.exitCode = 1
} finally {
  await system.stop()
}

// `npm run bench -- system`: the whole system beside one bare Fastify process on the same PostgreSQL, in turn.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, say } from './figures.ts'
import { type LuaLoad, runWrkScript } from './measure.ts'
import { namesIn, readOptions } from './options.ts'
import { canPin, startServer } from './pinned.ts'
import { startSystem, tokenOf } from './system.ts'

const names = ['me', 'orders', 'order', 'keyed', 'login', 'mixed']
const options = readOptions({
  loads: names.join(),
  rounds: 3,
  seconds: 5,
  connections: 32,
  streams: 50
})
const loads = namesIn(options.loads, names)
/** The clock tick in which the kernel counts processor time (USER_HZ), in µs. */
const tickUs = 10_000

interface Process {
  name: string
  pid: number
}

/** The processes below `pid`, named by what they run. */
function processesBelow(pid: number): Process[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const [, after = ''] = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')
      parents.set(Number(entry), Number(after.split(' ')[1]))
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (child: number): boolean =>
    parents.get(child) === pid || (parents.has(child) && below(parents.get(child) as number))
  return [...parents.keys()].filter(below).map((child) => ({ pid: child, name: nameOf(child) }))
}

function nameOf(pid: number): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const found = /\/(gateway|users|orders)\/src\/main\.ts/.exec(command)?.[1]
    return found ?? (/postgres/.test(command) ? 'postgres' : 'other')
  } catch {
    return 'other'
  }
}

function cpuUs(pid: number): number {
  try {
    const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
    const [user, system] = after.split(' ').slice(11, 13).map(Number)
    return ((user ?? 0) + (system ?? 0)) * tickUs
  } catch {
    return 0
  }
}

/** Processor time used so far by all processes of each name, in µs. */
function usage(pids: readonly number[]): Record<string, number> {
  const used: Record<string, number> = {}
  for (const { name, pid } of pids.flatMap(processesBelow))
    used[name] = (used[name] ?? 0) + cpuUs(pid)
  for (const pid of pids) used.self = (used.self ?? 0) + cpuUs(pid)
  return used
}

/** What the process alone holds, and its part of what it shares (PSS), in kB. */
function residentKb(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** One line that says how much memory the processes below `pid` hold, by name. */
function sayMemory(when: string, pid: number) {
  const held: Record<string, number> = { 'npm start': residentKb(pid) }
  for (const one of processesBelow(pid))
    held[one.name] = (held[one.name] ?? 0) + residentKb(one.pid)
  const parts = Object.entries(held).map(([name, kb]) => `${name} ${whole(kb / 1024)}`)
  const total = Object.values(held).reduce((sum, kb) => sum + kb, 0)
  say(`Memory ${when}, MB (PSS): ${whole(total / 1024)} = ${parts.join(' + ')}`)
}

function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)))
}

/** What each load asks; `unique` gives each request a key of its own. */
function loadOf(name: string, token: string): LuaLoad {
  const authorization = { authorization: `Bearer ${token}` }
  const json = { ...authorization, 'content-type': 'application/json' }
  const body = JSON.stringify({ item: 'Lamp', address: '1 Main Street' })
  const order = { method: 'POST', path: '/api/orders', headers: json, body }
  if (name === 'me') return { method: 'GET', path: '/api/me', headers: authorization }
  if (name === 'orders') return { method: 'GET', path: '/api/orders', headers: authorization }
  if (name === 'keyed') return { ...order, unique: true }
  if (name === 'login') {
    const login = JSON.stringify({ username: 'user', password: 'u' })
    return { method: 'POST', path: '/api/login', headers: json, body: login }
  }
  return order
}

interface Figures {
  perSecond: number
  p50: number
  p99: number
  /** µs a request, by process. */
  us: Record<string, number>
  totalUs: number
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const scriptOf = (name: string) => join(folder, `${name}.lua`)

async function runLoad(port: number, load: LuaLoad, connections: number) {
  const script = scriptOf(`${process.hrtime.bigint()}`)
  return runWrkScript(port, load, { script, connections, seconds: options.seconds })
}

/** One run of a load, with the processor time of everything below `pids`. */
async function run(
  port: number,
  load: LuaLoad,
  pids: readonly number[],
  connections: number
): Promise<Figures> {
  const before = usage(pids)
  const { perSecond, requests, p50, p99 } = await runLoad(port, load, connections)
  const after = usage(pids)
  const us = Object.fromEntries(
    Object.entries(after).map(([name, used]) => [name, (used - (before[name] ?? 0)) / requests])
  )
  const { other: _other, ...counted } = us
  return {
    perSecond,
    p50,
    p99,
    us: counted,
    totalUs: Object.values(counted).reduce((a, b) => a + b, 0)
  }
}

function middle(runs: Figures[]): Figures {
  const of = (pick: (run: Figures) => number) => median(runs.map(pick))
  const processes = Object.keys(runs[0]?.us ?? {})
  return {
    perSecond: of((run) => run.perSecond),
    p50: of((run) => run.p50),
    p99: of((run) => run.p99),
    us: Object.fromEntries(processes.map((name) => [name, of((run) => run.us[name] ?? 0)])),
    totalUs: of((run) => run.totalUs)
  }
}

const whole = (value: number) => value.toFixed(0)

function row(name: string, who: string, { perSecond, p50, p99, us, totalUs }: Figures) {
  const parts = Object.entries(us)
    .filter(([, used]) => used >= 1)
    .map(([process, used]) => `${process} ${whole(used)}`)
  return `| ${name} | ${who} | ${whole(perSecond)} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${whole(totalUs)} | ${parts.join(' · ')} |`
}

/** Opens `count` event streams and reads what comes; gives the way to close them. */
async function openStreams(port: number, token: string, count: number) {
  const opened = Array.from({ length: count }, async () => {
    const headers = { authorization: `Bearer ${token}` }
    const request = http.get({ port, path: '/api/orders/events', headers, agent: false })
    return new Promise<() => void>((resolve, reject) => {
      request.once('error', reject)
      request.once('response', (response) => {
        if (response.statusCode !== 200)
          return reject(new Error(`A stream gave ${response.statusCode}.`))
        response.resume()
        request.on('error', () => undefined)
        resolve(() => request.destroy())
      })
    })
  })
  const closers = await Promise.all(opened)
  return () => {
    for (const close of closers) close()
  }
}

/** Reads while others write and streams are open; the figures are those of the reads. */
async function runMixed(port: number, token: string, pids: readonly number[]) {
  const close = await openStreams(port, token, options.streams)
  try {
    const [writes, reads] = [Math.ceil(options.connections / 8), options.connections]
    const [figures] = await Promise.all([
      run(port, loadOf('orders', token), pids, reads),
      runLoad(port, loadOf('order', token), writes)
    ])
    return figures
  } finally {
    close()
  }
}

/** What the lists have to show. */
async function placeOrders(url: string, token: string, count: number) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ item: 'Lamp', address: '1 Main Street' })
  for (let placed = 0; placed < count; placed += 1) {
    const response = await fetch(`${url}/api/orders`, { method: 'POST', headers, body })
    if (response.status !== 201) throw new Error(`An order gave ${response.status}.`)
  }
}

async function compare(system: { url: string; pid: number }) {
  const token = await tokenOf(system.url, 'user', 'u')
  const port = Number(new URL(system.url).port)
  const services = processesBelow(system.pid)
  const postgres = services.filter(({ name }) => name === 'postgres').map(({ pid }) => pid)
  const setting = (name: string, variable: string) => {
    const process = services.find((one) => one.name === name)
    const environment = environmentOf(process?.pid ?? 0)
    const file = environment[`${variable}_FILE`]
    return file ? readFileSync(file, 'utf8') : (environment[variable] ?? '')
  }
  const server = Math.min(...postgres)
  const baseline = await startServer(
    '0-1',
    [process.execPath, `${import.meta.dirname}/baseline-server.ts`],
    {
      env: {
        USERS_DATABASE: setting('users', 'DATABASE_URL'),
        ORDERS_DATABASE: setting('orders', 'DATABASE_URL'),
        JWT_SECRET: setting('gateway', 'JWT_SECRET').split(',')[0] ?? ''
      }
    }
  )
  try {
    const bare = async (load: LuaLoad) => {
      const us = baseline.cpuUs() ?? 0
      const figures = await run(baseline.port, load, [server], options.connections)
      const own = ((baseline.cpuUs() ?? 0) - us) / (figures.perSecond * options.seconds)
      const database = (figures.us.postgres ?? 0) + (figures.us.self ?? 0)
      return { ...figures, us: { bare: own, postgres: database }, totalUs: own + database }
    }
    await placeOrders(system.url, token, 40)
    say('| load | who | requests/s | p50 ms | p99 ms | µs a request | by process |')
    say('|---|---|--:|--:|--:|--:|---|')
    for (const name of loads) {
      const ours: Figures[] = []
      const theirs: Figures[] = []
      const hasBaseline = name !== 'login' && name !== 'mixed'
      if (hasBaseline) {
        await runLoad(port, loadOf(name, token), options.connections)
        await runLoad(baseline.port, loadOf(name, token), options.connections)
      }
      for (let round = 0; round < options.rounds; round += 1) {
        const load = loadOf(name, token)
        const pids = [system.pid]
        ours.push(
          name === 'mixed'
            ? await runMixed(port, token, pids)
            : await run(port, load, pids, name === 'login' ? 4 : options.connections)
        )
        if (hasBaseline) theirs.push(await bare(load))
      }
      const our = middle(ours)
      say(row(name, 'system', our))
      if (!hasBaseline) continue
      const their = middle(theirs)
      say(row(name, 'bare', their))
      const throughput = (our.perSecond / their.perSecond).toFixed(2)
      say(`| ${name} | ratio | ${throughput} | | | ${(our.totalUs / their.totalUs).toFixed(2)} | |`)
    }
  } finally {
    await baseline.stop()
  }
}

if (spawnSync('wrk', ['-v']).error) {
  process.stderr.write('This benchmark needs wrk (Debian: apt-get install wrk).\n')
  process.exit(2)
}
const pinning = canPin ? 'not pinned' : 'not pinned, no taskset'
say(
  `Node ${process.version}; ${pinning}; median of ${options.rounds} runs of ${options.seconds} s in turn`
)
const system = await startSystem({ LOG_LEVEL: 'info' })
try {
  sayMemory('when ready', system.pid)
  await compare(system)
  sayMemory('after all loads', system.pid)
} finally {
  await system.stop()
  rmSync(folder, { recursive: true, force: true })
}

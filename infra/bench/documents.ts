// What it takes to merge a document of 5 MB, and what requests notice of it meanwhile.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMergeWorker } from '../../gateway/src/documentation/merge-worker.ts'
import { parseTable } from '../../gateway/src/route-table/load.ts'
import { median } from './figures.ts'
import { largeDocument } from './large-document.ts'
import { measure } from './measure.ts'
import { readOptions } from './options.ts'
import { startServer } from './pinned.ts'
import { internalSecret, jwtSecret } from './token.ts'

const options = readOptions({ megabytes: 5, rounds: 5, turns: 3, seconds: 8, rate: 500 })
const bytes = options.megabytes * 1e6
const allCores = `0-${availableParallelism() - 1}`
const main = join(import.meta.dirname, '../../gateway/src/main.ts')

const tableOf = (large: string, small: string) => `
services:
  large: { url: "${large}", openapi: /openapi.json }
  small: { url: "${small}" }
routes:
  ANY /large/**: { to: large, path: /large, allow: public }
  ANY /**: { to: large, allow: public }
  GET /order: { to: small, allow: public, timeout: 10s }
`

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`

/** How long the merge of a document takes in a process that has checked it, from bytes to bytes. */
async function timeMerges() {
  const worker = createMergeWorker()
  const table = parseTable(tableOf('http://a', 'http://b'), 'bench', {})
  const times: number[] = []
  const document = Buffer.from(largeDocument(bytes, 0))
  const arrival = { name: 'large', bytes: document }
  const { packed } = await worker.run('inspect', { table, arrival })
  if (packed === null) throw new Error('the document of the bench cannot be used')
  const parts = [{ name: 'large', packed }]
  for (let round = 0; round < options.rounds; round += 1) {
    const begun = performance.now()
    await worker.run('merge', { table, parts, options: { title: 'Bench' } })
    times.push(performance.now() - begun)
  }
  worker.close()
  return { times, size: document.length }
}

/** A service whose document is another one at every second look, and away in between, so that each look is a merge. */
async function startLarge() {
  const state = { changing: false, asked: 0 }
  const documents = [largeDocument(bytes, 1), largeDocument(bytes, 2)]
  const server = createServer(({ headers }, response) => {
    if (state.changing) state.asked += 1
    const away = state.asked % 2 === 1
    const etag = `"${state.asked}"`
    const status = away ? 503 : headers['if-none-match'] === etag ? 304 : 200
    response.writeHead(status, { 'content-type': 'application/json', etag })
    response.end(status === 200 ? documents[(state.asked / 2) % 2] : undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { state, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

interface Turn {
  p50: number
  p99: number
  merges: number
}

function lineOf(way: string, turns: readonly Turn[]): string {
  const [p50, p99] = [median(turns.map((turn) => turn.p50)), median(turns.map((turn) => turn.p99))]
  const each = turns.map((turn) => ms(turn.p99)).join(', ')
  const merges = turns.reduce((sum, turn) => sum + turn.merges, 0)
  return `${way} merges (${merges}): p50 ${ms(p50)}, p99 ${ms(p99)} (median of ${each})`
}

async function forwardMeanwhile(folder: string) {
  const large = await startLarge()
  const upstream = await startServer(allCores, [
    process.execPath,
    join(import.meta.dirname, 'upstream.ts')
  ])
  const file = join(folder, 'gateway.yml')
  await writeFile(file, tableOf(large.url, `http://127.0.0.1:${upstream.port}`))
  const secrets = { JWT_SECRET: jwtSecret, INTERNAL_SECRET: internalSecret }
  const env = { ...secrets, GATEWAY_CONFIG: file, LOG_LEVEL: 'error', DEMO: 'true' }
  const gateway = await startServer(allCores, [process.execPath, main], { env })
  const [path, method, headers] = ['/order', 'GET', {}]
  const volume = {
    bodyBytes: 0,
    connections: 32,
    seconds: options.seconds,
    rate: options.rate
  }
  const load = { path, method, headers, ...volume }
  const turn = async (changing: boolean): Promise<Turn> => {
    large.state.changing = changing
    const before = large.state.asked
    const { p50, p99 } = await measure(allCores, gateway.port, load, folder)
    return { p50, p99, merges: large.state.asked - before }
  }
  try {
    await measure(allCores, gateway.port, { ...load, seconds: 2 }, folder)
    const turns: { [way: string]: Turn[] } = { without: [], with: [] }
    for (let i = 0; i < options.turns; i += 1) {
      turns.without?.push(await turn(false))
      turns.with?.push(await turn(true))
    }
    const lines = Object.entries(turns).map(([way, all]) => lineOf(way, all))
    return [...lines, `peak memory of the gateway: ${gateway.peakMb()} MB`]
  } finally {
    await gateway.stop()
    await upstream.stop()
    large.server.close()
  }
}

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
try {
  const { times, size } = await timeMerges()
  const slowest = Math.max(...times)
  console.log(
    `${(size / 1e6).toFixed(1)} MB merge in ${ms(median(times))} (median of ${times.length}; slowest ${ms(slowest)})`
  )
  for (const line of await forwardMeanwhile(folder)) console.log(line)
} finally {
  await rm(folder, { recursive: true })
}

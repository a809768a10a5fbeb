import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { generator, type Load, measure } from './measure.ts'
import { direct } from './peers/direct.ts'
import { gatehouse } from './peers/gatehouse.ts'
import { httpProxy } from './peers/http-proxy.ts'
import type { Peer } from './peers/peer.ts'
import { canPin, type Running, startServer } from './pinned.ts'
import { type Row, type Run, summarise, tableOf } from './report.ts'
import { mintToken } from './token.ts'

/** `npm run bench`: how many requests a second pass through each peer on one core; README.md tells more. */
const { values: options } = parseArgs({
  options: {
    peers: { type: 'string', default: 'direct,@fastify/http-proxy,gatehouse' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    path: { type: 'string', default: '/api/orders/01900000-0000-7000-8000-000000000001' },
    'at-least': { type: 'string', default: '0' },
    profile: { type: 'boolean', default: false }
  }
})

const known = [direct, httpProxy, gatehouse]
/** Peers get a core of their own; generator and upstream share the other. */
const peerCore = 0
const loadCore = 1
const nodeOptions = options.profile
  ? ['--cpu-prof', `--cpu-prof-dir=${import.meta.dirname}/profiles`]
  : []
const load: Load = {
  path: options.path,
  headers: { authorization: `Bearer ${mintToken()}` },
  connections: Number(options.connections),
  seconds: Number(options.seconds)
}

interface Contestant {
  peer: Peer
  running: Running
  samples: Run[]
}

async function warmUp({ peer, running }: Contestant) {
  try {
    await measure(loadCore, running.port, load)
  } catch (error) {
    throw new Error(`${peer.name}: ${(error as Error).message}`, { cause: error })
  }
}

async function rounds(contestants: Contestant[]) {
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const { running, samples } of contestants) {
      const before = running.cpuUs()
      const sample = await measure(loadCore, running.port, load)
      const used = (running.cpuUs() ?? Number.NaN) - (before ?? Number.NaN)
      samples.push({ ...sample, cpuUs: used / (sample.perSecond * load.seconds) })
    }
  }
}

function report(contestants: Contestant[]): Row[] {
  const yardstick = contestants.find(({ peer }) => peer === httpProxy)?.samples ?? []
  const rows = contestants.map(({ peer, running, samples }) =>
    summarise(peer.name, running.peakMb(), samples, yardstick)
  )
  const machine = `${cpus()[0]?.model}, Node ${process.version}`
  const pinning = canPin ? 'each peer on one core' : 'NOT pinned (no taskset)'
  process.stdout.write(`
${machine}; ${pinning}; generator: ${generator}; ${load.connections} connections,
median of ${options.rounds} runs of ${load.seconds} s in turn; GET ${load.path}

${tableOf(rows)}\n`)
  return rows
}

function judge(rows: Row[]) {
  const ours = rows.find(({ name }) => name === gatehouse.name)
  if (!ours || !(ours.ratio < Number(options['at-least']))) return
  process.stderr.write(`\nThe ratio ${ours.ratio.toFixed(2)} is below ${options['at-least']}.\n`)
  process.exitCode = 1
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
const stops: (() => Promise<void>)[] = []
try {
  const upstream = await startServer(loadCore, [
    process.execPath,
    `${import.meta.dirname}/upstream.ts`
  ])
  stops.unshift(upstream.stop)
  const contestants: Contestant[] = []
  for (const name of options.peers.split(',')) {
    const peer = known.find((one) => one.name === name)
    if (!peer) throw new Error(`There is no peer ${name}; known: ${known.map((p) => p.name)}`)
    const place = { core: peerCore, upstreamPort: upstream.port, nodeOptions }
    const running = await peer.start(place)
    stops.unshift(running.stop)
    contestants.push({ peer, running, samples: [] })
  }
  for (const contestant of contestants) await warmUp(contestant)
  await rounds(contestants)
  judge(report(contestants))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
} finally {
  for (const stop of stops) await stop()
}

import { generatorFor, type Load, measure } from './measure.ts'
import { direct } from './peers/direct.ts'
import { gatehouse } from './peers/gatehouse.ts'
import type { Place } from './peers/peer.ts'
import { type Running, startServer } from './pinned.ts'
import { type Row, type Run, summarise } from './report.ts'
import type { Scenario } from './scenarios.ts'

/** Peers get a core of their own; generator and upstream share the other. */
const peerCore = 0
const loadCore = 1

interface Contestant {
  name: string
  running: Running
  samples: Run[]
}

export interface Terms {
  load: Load
  rounds: number
  nodeOptions: string[]
  folder: string
}

async function start({ peers, logged }: Scenario, upstream: Running, terms: Terms, up: Running[]) {
  const contestants: Contestant[] = []
  for (const peer of peers) {
    const log = logged ? `${terms.folder}/access.log` : null
    const place: Place = { core: peerCore, upstreamPort: upstream.port, log, ...terms }
    const running = await peer.start(place)
    up.unshift(running)
    contestants.push({ name: peer.name, running, samples: [] })
  }
  return contestants
}

async function runOnce({ name, running, samples }: Contestant, load: Load, folder: string) {
  const before = running.cpuUs()
  try {
    const sample = await measure(loadCore, running.port, load, folder)
    const used = (running.cpuUs() ?? Number.NaN) - (before ?? Number.NaN)
    samples.push({ ...sample, cpuUs: used / sample.requests })
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * What is measured is a server that has run for a while. V8 compiles some of it anew when clients have left and others
 * come, and at a fixed rate it takes its time: so they come twice, and ask the way they will, as fast as they are answered.
 */
function warmUps(load: Load): Load[] {
  const fast = { ...load, seconds: 2, rate: null, generator: generatorFor(load) }
  return [fast, fast, load]
}

/** Starts the peers of a scenario, warms them up, takes them in turn, and ends them. */
export async function contest(scenario: Scenario, terms: Terms): Promise<Row[]> {
  const up: Running[] = []
  try {
    const program = `${import.meta.dirname}/upstream.ts`
    const upstream = await startServer(loadCore, [process.execPath, program])
    up.unshift(upstream)
    const contestants = await start(scenario, upstream, terms, up)
    for (const load of warmUps(terms.load)) {
      for (const contestant of contestants)
        await runOnce({ ...contestant, samples: [] }, load, terms.folder)
    }
    for (let round = 0; round < terms.rounds; round += 1) {
      for (const contestant of contestants) await runOnce(contestant, terms.load, terms.folder)
    }
    const samplesOf = (prefix: string) =>
      contestants.findLast(({ name }) => name.startsWith(prefix))?.samples ?? []
    const against = { ours: samplesOf(gatehouse.name), direct: samplesOf(direct.name) }
    return contestants.map(({ name, running, samples }) =>
      summarise(name, running.peakMb(), samples, against)
    )
  } finally {
    for (const { stop } of up) await stop()
  }
}

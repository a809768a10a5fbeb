import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { contest, type Terms } from './contest.ts'
import { say } from './figures.ts'
import { generatorFor, type Load } from './measure.ts'
import { namesIn, readNamesAndOptions } from './options.ts'
import { httpProxy } from './peers/http-proxy.ts'
import { canPin } from './pinned.ts'
import { type Row, tableOf } from './report.ts'
import { all, type Scenario, scenarios } from './scenarios.ts'
import { mintToken } from './token.ts'

/** `npm run bench -- [scenario...]`: what each peer does on one core; README.md tells more. */
const names = { scenarios: Object.keys(scenarios), peers: all.map(({ name }) => name) }
const { names: given, ...options } = readNamesAndOptions({
  peers: names.peers.join(),
  rounds: 3,
  seconds: 1,
  connections: 64,
  'at-least': 0,
  profile: false
})
const wanted = namesIn(options.peers, names.peers)
const asked = given.length > 0 ? given : names.scenarios
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const profiling = ['--cpu-prof', `--cpu-prof-dir=${import.meta.dirname}/profiles`]

function termsOf({ load }: Scenario): Terms {
  const usual: Load = {
    method: 'GET',
    path: '/api/orders/01900000-0000-7000-8000-000000000001',
    headers: { authorization: `Bearer ${mintToken()}` },
    bodyBytes: 0,
    connections: options.connections,
    seconds: options.seconds,
    rate: null
  }
  const nodeOptions = options.profile ? profiling : []
  return { load: { ...usual, ...load }, rounds: options.rounds, nodeOptions, folder }
}

/** Those of the scenario that were asked for and are there; all of them where it has its own. */
function peersOf({ peers }: Scenario) {
  return peers.filter(
    (peer) => !all.includes(peer) || (wanted.includes(peer.name) && peer.installed())
  )
}

function judge(rows: Row[]) {
  const ratio = rows.find(({ name }) => name === httpProxy.name)?.ratio ?? Number.NaN
  if (!(ratio < options['at-least'])) return
  process.stderr.write(`\nThe ratio ${ratio.toFixed(2)} is below ${options['at-least']}.\n`)
  process.exitCode = 1
}

async function play(name: string) {
  const scenario = scenarios[name] as Scenario
  const terms = termsOf(scenario)
  const rows = await contest({ ...scenario, peers: peersOf(scenario) }, terms)
  say(`\n### ${scenario.title}\n\ngenerator: ${generatorFor(terms.load)}\n\n${tableOf(rows)}`)
  if (name === 'small') judge(rows)
}

try {
  const pinning = canPin ? 'each peer on one core' : 'NOT pinned (no taskset)'
  const runs = `median of ${options.rounds} runs of ${options.seconds} s in turn`
  say(`${cpus()[0]?.model}, Node ${process.version}; ${pinning};`)
  say(`${options.connections} connections, ${runs}`)
  const missing = all.filter((peer) => !peer.installed()).map(({ name }) => name)
  if (missing.length > 0) say(`not installed: ${missing.join(', ')}`)
  for (const name of asked) await play(name)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { contest, type Terms } from './contest.ts'
import { generatorFor, type Load } from './measure.ts'
import { httpProxy } from './peers/http-proxy.ts'
import { canPin } from './pinned.ts'
import { type Row, tableOf } from './report.ts'
import { all, type Scenario, scenarios } from './scenarios.ts'
import { mintToken } from './token.ts'

/** `npm run bench`: what each peer does on one core; README.md tells more. */
const { values: options } = parseArgs({
  options: {
    scenarios: { type: 'string', default: Object.keys(scenarios).join() },
    peers: { type: 'string', default: all.map(({ name }) => name).join() },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    'at-least': { type: 'string', default: '0' },
    profile: { type: 'boolean', default: false }
  }
})

const say = (text: string) => process.stdout.write(`${text}\n`)
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
    connections: Number(options.connections),
    seconds: Number(options.seconds),
    rate: null
  }
  const nodeOptions = options.profile ? profiling : []
  return { load: { ...usual, ...load }, rounds: Number(options.rounds), nodeOptions, folder }
}

/** Those of the scenario that were asked for and are there; all of them where it has its own. */
function peersOf({ peers }: Scenario) {
  const wanted = options.peers.split(',')
  return peers.filter(
    (peer) => !all.includes(peer) || (wanted.includes(peer.name) && peer.installed())
  )
}

function judge(rows: Row[]) {
  const ratio = rows.find(({ name }) => name === httpProxy.name)?.ratio ?? Number.NaN
  if (!(ratio < Number(options['at-least']))) return
  process.stderr.write(`\nThe ratio ${ratio.toFixed(2)} is below ${options['at-least']}.\n`)
  process.exitCode = 1
}

async function play(name: string) {
  const scenario = scenarios[name]
  if (!scenario) throw new Error(`There is no scenario ${name}; known: ${Object.keys(scenarios)}`)
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
  for (const name of options.scenarios.split(',')) await play(name)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

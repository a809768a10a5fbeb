import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `node bench/profile.ts [file.cpuprofile]`: the functions that the time went into, those of the newest profile by default. */
interface Profile {
  nodes: {
    id: number
    callFrame: { functionName: string; url: string; lineNumber: number }
  }[]
  samples: number[]
  timeDeltas: number[]
}

const folder = join(import.meta.dirname, 'profiles')
const rows = 45

function newest(): string {
  const last = readdirSync(folder).sort().at(-1)
  if (last === undefined)
    throw new Error('There is no profile; run: npm run bench -- small --profile')
  return join(folder, last)
}

const file = process.argv[2] ?? newest()
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile
const names = new Map(
  nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
    const place = url.replace(/^.*\/(node_modules|gateway|infra)\//, '')
    return [id, `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`]
  })
)
const spent = new Map<string, number>()
for (const [index, id] of samples.entries()) {
  const name = names.get(id) ?? '?'
  if (name.startsWith('(idle)')) continue
  spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[index] ?? 0))
}
const busy = [...spent.values()].reduce((sum, time) => sum + time, 0)
const modules = new Map<string, number>()
for (const [name, time] of spent) {
  const [, module = 'V8 and system calls'] =
    /(undici|src\/\w+|service-kit|node:\w+|[\w@-]+)\//.exec(name) ?? []
  modules.set(module, (modules.get(module) ?? 0) + time)
}
const sorted = [...spent].sort(([, a], [, b]) => b - a).slice(0, rows)
process.stdout.write(
  `${file}: ${Math.round(busy / 1000)} ms busy; self time by module, then by function:\n`
)
const longest = [...modules].sort(([, a], [, b]) => b - a).slice(0, 15)
for (const [name, time] of [...longest, ['', 0] as const, ...sorted]) {
  process.stdout.write(`${((time / busy) * 100).toFixed(1).padStart(6)} %  ${name}\n`)
}

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { spawnPinned } from './pinned.ts'

/** What is asked of a peer, over and over. */
export interface Load {
  method: string
  path: string
  headers: Record<string, string>
  bodyBytes: number
  connections: number
  seconds: number
  /** Requests a second; null for as many as the peer answers. */
  rate: number | null
  /** The program that asks; where none is said, the one that costs least and can do it. */
  generator?: 'wrk' | 'own'
}

/** One run against one peer; latencies in milliseconds. */
export interface Sample {
  perSecond: number
  /** How many were answered, those of the generator's own warm-up among them. */
  requests: number
  p50: number
  p99: number
}

/** Whether wrk is there: it costs less than our generator, which matters beside peers as fast as nginx. */
const hasWrk = !spawnSync('wrk', ['-v']).error

/** The generator for this load: wrk cannot keep a rate. */
export const generatorFor = ({ rate, generator }: Load) =>
  generator ?? (hasWrk && rate === null ? 'wrk' : 'own')

async function run(core: number | string, command: string[]): Promise<string> {
  const child = spawnPinned(core, command)
  const [output, [code]] = await Promise.all([text(child.stdout as Readable), once(child, 'exit')])
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}`)
  return output
}

async function runOwn(core: number | string, port: number, load: Load): Promise<Sample> {
  const program = `${import.meta.dirname}/load.ts`
  const output = await run(core, [process.execPath, program, JSON.stringify({ port, ...load })])
  const { statuses, broken, ...sample } = JSON.parse(output)
  const wrong = Object.keys(statuses).filter((status) => status !== '200')
  if (wrong.length > 0 || broken > 0 || sample.perSecond === 0) {
    throw new Error(`not every answer was 200: ${JSON.stringify({ statuses, broken })}`)
  }
  return { ...sample, requests: statuses['200'] }
}

const unitMs: Record<string, number> = { us: 0.001, ms: 1, s: 1000 }

/** wrk takes a method and a body from a script only. */
function wrkScript(folder: string, { method, bodyBytes }: Load): string[] {
  if (method === 'GET') return []
  const file = join(folder, 'wrk.lua')
  writeFileSync(file, `wrk.method = "${method}"\nwrk.body = string.rep("x", ${bodyBytes})\n`)
  return ['-s', file]
}

/** A load that wrk takes from a script: a body, or a key of its own for each request. */
export interface LuaLoad {
  method: string
  path: string
  headers: Record<string, string>
  body?: string
  /** Whether each request has an `idempotency-key` of its own. */
  unique?: boolean
}

const luaText = (text: string) => JSON.stringify(text)

function luaOf({ method, path, headers, body = '', unique }: LuaLoad): string {
  const fields = Object.entries(headers).map(
    ([name, value]) => `[${luaText(name)}]=${luaText(value)}`
  )
  const key = unique ? `n = n + 1; h["idempotency-key"] = "${process.hrtime.bigint()}-" .. n\n` : ''
  return `local h = {${fields.join(',')}}\nlocal n = 0\nrequest = function()\n${key}
    return wrk.format(${luaText(method)}, ${luaText(path)}, h, ${luaText(body)})\nend\n`
}

/** Runs wrk with a script, without pinning; any status but 2xx throws. */
export async function runWrkScript(
  port: number,
  load: LuaLoad,
  { script, connections, seconds }: { script: string; connections: number; seconds: number }
): Promise<Sample> {
  writeFileSync(script, luaOf(load))
  const volume = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script]
  return sampleIn(await run('0-1', ['wrk', ...volume, `http://127.0.0.1:${port}`]))
}

async function runWrk(
  core: number | string,
  port: number,
  load: Load,
  folder: string
): Promise<Sample> {
  const headers = Object.entries(load.headers).flatMap((header) => ['-H', header.join(': ')])
  const volume = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--latency']
  const url = `http://127.0.0.1:${port}${load.path}`
  const script = wrkScript(folder, load)
  return sampleIn(await run(core, ['wrk', ...volume, ...script, ...headers, url]))
}

function sampleIn(output: string): Sample {
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`not every answer was 200: ${output}`)
  const latency = (share: number) => {
    const [, value, unit = ''] = new RegExp(`${share}%\\s+([\\d.]+)(us|ms|s)`).exec(output) ?? []
    return Number(value) * (unitMs[unit] ?? Number.NaN)
  }
  const perSecond = Math.round(Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]))
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  return { perSecond, requests, p50: latency(50), p99: latency(99) }
}

/** Loads the server on `port` from `core`; throws where any answer was not 200. */
export async function measure(core: number | string, port: number, load: Load, folder: string) {
  if (generatorFor(load) === 'wrk') return await runWrk(core, port, load, folder)
  return await runOwn(core, port, load)
}

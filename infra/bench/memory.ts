// `npm run bench -- memory`: what stays resident in the gateway after hundreds of thousands of requests; README.md tells more.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, measure } from './measure.ts'
import { readOptions } from './options.ts'
import { gatehouse } from './peers/gatehouse.ts'
import { type Running, startServer } from './pinned.ts'
import { mintToken } from './token.ts'

const options = readOptions({ requests: 1_200_000, 'at-most-mb': Number.POSITIVE_INFINITY })
const total = options.requests
const step = total / 4
const load: Load = {
  method: 'GET',
  path: '/api/orders/01900000-0000-7000-8000-000000000001',
  headers: { authorization: `Bearer ${mintToken()}` },
  bodyBytes: 0,
  connections: 64,
  seconds: 1,
  rate: null
}
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const say = (count: number, { residentMb }: Running) =>
  process.stdout.write(`${count.toLocaleString('en').padStart(10)} requests: ${residentMb()} MB\n`)

const upstream = await startServer(1, [process.execPath, `${import.meta.dirname}/upstream.ts`])
const place = { core: 0, upstreamPort: upstream.port, nodeOptions: [], folder, log: null }
const gateway = await gatehouse.start(place)
try {
  let count = 0
  // A guess, until the first run tells.
  let perSecond = 50_000
  say(count, gateway)
  for (let next = step; next <= total; next += step) {
    // As few runs as it takes: each begins with new connections, and leaves garbage of the old ones.
    while (count < next) {
      const seconds = Math.ceil((next - count) / perSecond)
      const sample = await measure(1, gateway.port, { ...load, seconds }, folder)
      perSecond = sample.perSecond
      count += sample.requests
    }
    say(count, gateway)
  }
  process.stdout.write(`at most ${gateway.peakMb()} MB\n`)
  if ((gateway.residentMb() ?? 0) > options['at-most-mb']) process.exitCode = 1
} finally {
  await gateway.stop()
  await upstream.stop()
}

// How long /docs takes a browser that has never seen it, and what comes over the wire: npm run bench -- pages
import { baseUrl } from './base-url.ts'
import { skip, startBrowser } from './chromium.ts'
import { globalSetup as systemReady } from './setup.ts'

const loads = 7
const limits = { ms: 1500, bytes: 2_000_000 }

/** When the page was usable and the main thread free again, in milliseconds since the navigation began. */
const idle = `new Promise((resolve) => requestIdleCallback(() => resolve(performance.now())))`

/** Bytes of all answers, with their fields, as they came. */
const received = `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .reduce((sum, { transferSize }) => sum + transferSize, 0)`

async function load() {
  const context = await (await startBrowser()).newContext()
  const page = await context.newPage()
  await page.goto(`${baseUrl}/docs`)
  await page.waitForFunction(`performance.getEntriesByName('interactive').length > 0`)
  const ms = await page.evaluate<number>(idle)
  const bytes = await page.evaluate<number>(received)
  await context.close()
  return { ms: Math.round(ms), bytes }
}

async function measure() {
  await systemReady()
  const results: { ms: number; bytes: number }[] = []
  for (let count = 0; count < loads; count++) results.push(await load())
  await (await startBrowser()).close()
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b)
  const ms = times[Math.floor(loads / 2)] ?? 0
  const bytes = Math.max(...results.map((result) => result.bytes))
  console.log(`/docs is interactive after ${ms} ms (median of ${loads}: ${times.join(', ')})`)
  console.log(`${bytes} bytes over the wire`)
  if (ms > limits.ms || bytes > limits.bytes) process.exitCode = 1
}

if (skip) console.log(`Not measured: ${skip}.`)
else await measure()

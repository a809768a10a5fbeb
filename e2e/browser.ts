import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { baseUrl } from './base-url.ts'
import { startBrowser, startedBrowser } from './chromium.ts'

after(async () => (await startedBrowser())?.close())

type Context = { after: (end: () => Promise<void>) => void }

/** Notes whatever a visitor should never cause: errors, violated policies, requests to anybody else. */
function watch(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(`error: ${message}`))
  page.on('console', (line) => {
    // An answer of 401 to 499 that a test asks for is told in the console as well.
    const isAnswer = /Failed to load resource.*status of 4/.test(line.text())
    if (line.type() === 'error' && !isAnswer) faults.push(`console: ${line.text()}`)
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && origin !== new URL(baseUrl).origin) faults.push(request.url())
  })
  return faults
}

/** A new visitor with nothing kept, who opens `path`; the test fails where the page does what no page should. */
export async function visit(t: Context, path: string, options: BrowserContextOptions = {}) {
  const context = await (await startBrowser()).newContext({ baseURL: baseUrl, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const faults = watch(page)
  t.after(async () => {
    await context.close()
    assert.deepEqual(faults, [])
  })
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy:', event.violatedDirective, event.blockedURI))`)
  const response = await page.goto(path)
  assert.ok(response)
  return { page, status: response.status(), headers: response.headers() }
}

/** The documentation, once it can be used. */
export async function visitDocs(t: Context, options: BrowserContextOptions = {}, query = '') {
  const { page, status } = await visit(t, `/docs${query}`, options)
  assert.equal(status, 200)
  await page.locator('.opblock').first().waitFor()
  return page
}

const artefacts = join(import.meta.dirname, '../.ci/artefacts')

/** Keeps a picture of the whole page for people to look at. */
export async function keepPicture(page: Page, name: string) {
  mkdirSync(artefacts, { recursive: true })
  await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true })
}

/** How far the page reaches beyond the window, in pixels. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  )
}

/** An operation of the documentation, by its id. */
export const operation = (page: Page, id: string) => page.locator(`.opblock[id$="-${id}"]`)

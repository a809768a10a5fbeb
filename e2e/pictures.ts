// `npm run generate -- --pictures`: writes docs/images from the system at BASE_URL (default
// http://localhost:8001); needs Chromium on PATH.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { baseUrl } from './base-url.ts'
import { skip, startBrowser } from './chromium.ts'

const folder = join(import.meta.dirname, '../docs/images')

if (skip) throw new Error(skip)
mkdirSync(folder, { recursive: true })
const browser = await startBrowser()
try {
  const viewport = { width: 1200, height: 860 }
  const page = await browser.newPage({ baseURL: baseUrl, viewport, colorScheme: 'light' })
  await page.goto('/docs')
  await page.locator('.opblock').first().waitFor()
  await page.screenshot({ path: join(folder, 'docs.png') })
  process.stdout.write('docs/images/docs.png: written\n')
} finally {
  await browser.close()
}

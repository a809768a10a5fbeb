import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { keepPicture, operation, overflow, visit, visitDocs } from './browser.ts'
import { skip } from './chromium.ts'

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true }
const looks: [string, BrowserContextOptions][] = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { ...phone, colorScheme: 'light' }],
  ['phone-dark', { ...phone, colorScheme: 'dark' }]
]

const open = (page: Page, id: string) =>
  operation(page, id).locator('.opblock-summary-control').click()

/** How light the ground is that the page stands on: 0 black, 1 white. */
async function lightness(page: Page): Promise<number> {
  const colour = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number)
  return (red + green + blue) / 765
}

for (const [name, options] of looks) {
  test(`the documentation fits its window and follows its colours: ${name}`, {
    skip
  }, async (t) => {
    const page = await visitDocs(t, options)
    const closed = await overflow(page)
    await keepPicture(page, `docs-${name}`)

    await page.getByText('Another account').click()
    await open(page, 'placeOrder')
    await operation(page, 'placeOrder').getByRole('button', { name: 'Try it out' }).click()
    await operation(page, 'placeOrder').locator('.responses-wrapper').waitFor()
    await keepPicture(page, `docs-${name}-open`)
    await open(page, 'streamOrderEvents')
    await open(page, 'listUsers')
    await operation(page, 'listUsers').locator('.responses-wrapper').waitFor()
    await operation(page, 'listUsers').getByRole('button', { name: 'Examples of errors' }).click()
    const opened = await overflow(page)
    await page.getByRole('button', { name: 'Authorize', exact: true }).click()
    await page.getByRole('dialog').waitFor()
    const asked = await overflow(page)
    await keepPicture(page, `docs-${name}-authorize`)

    assert.deepEqual([closed, opened, asked], [0, 0, 0])
    const light = await lightness(page)
    assert.equal(name.includes('dark') ? light < 0.2 : light > 0.9, true, `${light}`)
  })

  test(`the first page and a problem fit the window: ${name}`, { skip }, async (t) => {
    const { page, status } = await visit(t, '/', options)
    await keepPicture(page, `home-${name}`)
    const light = await lightness(page)
    const beyond = await overflow(page)
    const missing = await page.goto('/nowhere')
    await keepPicture(page, `problem-${name}`)

    assert.equal(status, 200)
    assert.equal(beyond, 0)
    assert.equal(name.includes('dark') ? light < 0.2 : light > 0.9, true, `${light}`)
    assert.equal(missing?.status(), 404)
    assert.match(await page.locator('body').innerText(), /not-found/)
  })
}

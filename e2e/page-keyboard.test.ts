import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { unique } from './accounts.ts'
import { keepPicture, operation, visitDocs } from './browser.ts'
import { skip } from './chromium.ts'

const maxSteps = 120

/** What has the focus: its words for who cannot see it, and whether who can see finds it. */
const focused = `(() => {
  const at = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(at)
  const label = at.labels?.[0]?.innerText
  const name = at.getAttribute('aria-label') || label || at.innerText || at.title || at.placeholder || ''
  const block = at.closest('.opblock')?.id ?? ''
  return {
    name: name.replace(/\\s+/g, ' ').trim(),
    tag: at.tagName,
    block,
    isSeen: outlineStyle !== 'none' && outlineWidth !== '0px'
  }
})()`

interface Focused {
  name: string
  tag: string
  block: string
  isSeen: boolean
}

/** Presses Tab until the focus is on what is wanted; gives each stop on the way. */
async function tabTo(page: Page, isWanted: (at: Focused) => boolean): Promise<Focused[]> {
  const stops: Focused[] = []
  for (let step = 0; step < maxSteps; step++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate<Focused>(focused)
    stops.push(at)
    if (isWanted(at)) return stops
  }
  assert.fail(`Tab does not lead there: ${stops.map(({ name }) => name).join(' | ')}`)
}

test('orders with the keyboard alone, and always sees where it is', { skip }, async (t) => {
  const page = await visitDocs(t)
  const item = unique('bell')
  const stops: Focused[] = []
  const go = async (isWanted: (at: Focused) => boolean) => {
    stops.push(...(await tabTo(page, isWanted)))
  }
  const inOrder = ({ block }: Focused) => block.endsWith('-placeOrder')

  await go(({ name }) => name === 'Log in as user')
  await page.keyboard.press('Enter')
  await page.getByText('Signed in as user').waitFor()
  assert.equal((await page.evaluate<Focused>(focused)).name, 'Log out')
  await go(({ name }) => name === 'everything')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  assert.equal(await page.getByRole('radio', { name: 'user' }).isChecked(), true)
  await go((at) => inOrder(at) && at.tag === 'BUTTON')
  await page.keyboard.press('Enter')
  await operation(page, 'placeOrder').locator('.opblock-description').first().waitFor()
  await go((at) => inOrder(at) && at.name === 'Try it out')
  await page.keyboard.press('Enter')
  await go((at) => inOrder(at) && at.tag === 'TEXTAREA')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.insertText(JSON.stringify({ item, address: '12 Gate Lane' }))
  await go((at) => inOrder(at) && at.name === 'Execute')
  await page.keyboard.press('Enter')
  const answer = operation(page, 'placeOrder').locator('.live-responses-table')
  await answer.getByText(item).first().waitFor()
  await keepPicture(page, 'docs-keyboard')

  assert.deepEqual(
    stops.filter(({ isSeen }) => !isSeen),
    []
  )
  assert.deepEqual(
    stops.filter(({ name, tag }) => name === '' && tag !== 'DIV'),
    []
  )
})

test('the first stop leads past what every page begins with', { skip }, async (t) => {
  const page = await visitDocs(t)

  await page.keyboard.press('Tab')
  const first = await page.evaluate<Focused>(focused)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  const next = await page.evaluate<Focused>(focused)

  assert.equal(first.name, 'Skip to the operations')
  assert.equal(next.name, 'everything')
})

test('the dialog for a token keeps the focus, and gives it back', { skip }, async (t) => {
  const page = await visitDocs(t)
  const button = page.getByRole('button', { name: 'Authorize', exact: true })

  await button.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Tab')
  const inside = await page.evaluate<boolean>('document.activeElement.closest("dialog") !== null')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const after = await page.evaluate<Focused>(focused)

  assert.equal(inside, true)
  assert.equal(after.name, 'Authorize')
})

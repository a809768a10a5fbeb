import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { createApp, textPattern, wholeText } from '../src/index.ts'

const root = join(import.meta.dirname, '../../..')
const documents = [
  'gateway/snapshots/users.json',
  'gateway/snapshots/orders.json',
  'gateway/snapshots/openapi.json',
  'gateway/gateway.schema.json'
]

function patternsIn(value: unknown, found: Set<string>) {
  if (typeof value !== 'object' || value === null) return found
  for (const [key, child] of Object.entries(value)) {
    if (key === 'pattern' && typeof child === 'string') found.add(child)
    if (key === 'patternProperties') for (const name of Object.keys(child)) found.add(name)
    patternsIn(child, found)
  }
  return found
}

const patterns = new Set([textPattern, wholeText])
for (const file of documents)
  patternsIn(JSON.parse(readFileSync(join(root, file), 'utf8')), patterns)

const length = 64 * 1024
const pieces = [
  'a',
  ' ',
  '0',
  '9a',
  '/',
  '.',
  '-',
  'a b',
  '\u200b',
  'a.a-',
  'http://a',
  '<a>',
  '%41'
]
const ends = ['', '\0', '\n', ' ', '!', '\ud800']
const texts = pieces.flatMap((piece) =>
  ends.map((end) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length) + end)
)

/** A quadratic pattern takes seconds; a linear one less than 1 ms. The best of three: others use this machine too. */
const maxMs = 50

function bestMs(expression: RegExp, text: string): number {
  const once = () => {
    const begun = performance.now()
    expression.test(text)
    return performance.now() - begun
  }
  let best = once()
  for (let more = 2; more > 0 && best > 1; more -= 1) best = Math.min(best, once())
  return best
}

test('no pattern of a schema takes long for 64 kB of anything', (t: TestContext) => {
  t.assert.ok(patterns.size > 20)
  const slow = [...patterns].flatMap((pattern) => {
    const expression = new RegExp(pattern, 'u')
    const worst = Math.max(...texts.map((text) => bestMs(expression, text)))
    return worst > maxMs ? [`${pattern}: ${worst.toFixed(0)} ms`] : []
  })
  t.assert.deepEqual(slow, [])
})

test('a text that says nothing does not match, and one that says something does', (t: TestContext) => {
  const expression = new RegExp(textPattern, 'u')
  for (const text of ['', ' ', '\t\n', '\u200b', '\u2060\ufeff', 'a\0', 'a\ud800', '\u3164 '])
    t.assert.ok(!expression.test(text), JSON.stringify(text))
  for (const text of ['a', ' a ', 'Ada Lovelace', '李', '👩‍🚀', 'a\u200bb', '\u200ba'])
    t.assert.ok(expression.test(text), JSON.stringify(text))
})

test('a text over its maximum length is refused for that alone: its pattern is not looked at', async (t: TestContext) => {
  const app = createApp({ title: 'Patterns', logLevel: 'silent' })
  const item = Type.String({ maxLength: 5, pattern: '^b*$' })
  app.post('/', { schema: { body: Type.Object({ item }) } }, async () => null)
  const send = async (text: string) => {
    const response = await app.inject({ method: 'POST', url: '/', payload: { item: text } })
    return response.json()?.errors?.map(({ detail }: { detail: string }) => detail)
  }

  t.assert.deepEqual(await send('a'.repeat(11)), ['must NOT have more than 5 characters'])
  t.assert.deepEqual(await send('aaaaa'), ['must match pattern "^b*$"'])
  t.assert.equal(await send('bbbbb'), undefined)
  await app.close()
})

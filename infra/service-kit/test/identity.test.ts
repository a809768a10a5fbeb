import { createHmac } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createSigner, createVerifier } from '@gatehouse/service-kit'
import { testSecret } from '@gatehouse/service-kit/testing'
import { remember } from '../src/identity.ts'

const ada = { id: '0190c3a4-7c1e-7000-8000-000000000001', type: 'default' }
const start = Date.UTC(2030, 0, 1, 12, 0, 30)

function signed(expiry: number, { id, type } = ada): string {
  const mac = createHmac('sha256', testSecret).update(`${id}|${type}|${expiry}`)
  return `v1.${expiry}.${mac.digest('base64url')}`
}

test('signs an identity for one to two minutes, in the form of the contract', (t) => {
  const sign = createSigner(testSecret, () => start)

  t.assert.equal(sign(ada), signed(start / 1000 + 90))
})

test('gives one signature again within a minute and another in the next', (t) => {
  let now = start
  const sign = createSigner(testSecret, () => now)
  const first = sign(ada)

  now += 29_000
  const second = sign(ada)
  now += 1_000
  const third = sign(ada)

  t.assert.equal(second, first)
  t.assert.notEqual(third, first)
})

test('verifies what it signed, and an identity of nobody', (t) => {
  const sign = createSigner(testSecret, () => start)
  const verify = createVerifier(testSecret, () => start)
  const nobody = { id: '', type: '' }

  t.assert.equal(verify(ada, sign(ada)), true)
  t.assert.equal(verify(nobody, sign(nobody)), true)
})

const seconds = start / 1000
const fine = signed(seconds + 90)
const refused: [string, string][] = [
  ['no signature', ''],
  ['an expired one', signed(seconds)],
  ['one too far ahead', signed(seconds + 126)],
  ['a later expiry over the same code', fine.replace(`${seconds + 90}`, `${seconds + 91}`)],
  ['an altered code', `${fine.slice(0, -2)}${fine.at(-2) === 'A' ? 'B' : 'A'}${fine.at(-1)}`],
  ['another version', fine.replace('v1', 'v2')],
  ['a space around it', ` ${fine}`],
  ['two of them', `${fine}, ${fine}`],
  ['a trailing part', `${fine}.x`],
  ['one of another user', signed(seconds + 90, { ...ada, id: ada.id.replace('1', '2') })],
  ['one of another type', signed(seconds + 90, { ...ada, type: 'admin' })]
]

for (const [what, signature] of refused) {
  test(`A8 refuses ${what}`, (t) => {
    const verify = createVerifier(testSecret, () => start)

    t.assert.equal(verify(ada, signature), false)
    t.assert.equal(verify(ada, signature), false)
  })
}

test('A8 refuses a signature under another secret', (t) => {
  const verify = createVerifier('b7Qm2xVt9KpL4sWc8RdZ1nHf6YgJ3aEu', () => start)

  t.assert.equal(verify(ada, fine), false)
})

test('A8 refuses every other spelling of the last character', (t) => {
  const verify = createVerifier(testSecret, () => start)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

  const accepted = [...alphabet].filter((last) => verify(ada, fine.slice(0, -1) + last))

  t.assert.deepEqual(accepted, [fine.at(-1)])
})

test('A8 forgets a verified signature when it expires', (t) => {
  let now = start
  const verify = createVerifier(testSecret, () => now)
  const before = verify(ada, fine)

  now += 89_999
  const last = verify(ada, fine)
  now += 1
  const after = verify(ada, fine)

  t.assert.deepEqual([before, last, after], [true, true, false])
})

test('A8 remembers an identity only with the signature it came with', (t) => {
  const verify = createVerifier(testSecret, () => start)
  verify(ada, fine)

  t.assert.equal(verify({ ...ada, type: 'admin' }, fine), false)
})

test('keeps bounded memory of what it has verified', (t) => {
  const memory = new Map<string, number>()

  for (let key = 0; key < 10; key += 1) remember(memory, `${key}`, key, 4)

  t.assert.deepEqual([...memory.keys()], ['8', '9'])
})

test('still verifies users beyond what it remembers', (t) => {
  const sign = createSigner(testSecret, () => start)
  const verify = createVerifier(testSecret, () => start)
  const users = Array.from({ length: 60_000 }, (_, index) => ({ id: `${index}`, type: 'default' }))

  const verified = users.filter((user) => verify(user, sign(user))).length

  t.assert.equal(verified, 60_000)
  t.assert.equal(verify({ id: '0', type: 'default' }, sign({ id: '0', type: 'default' })), true)
})

test('A16 signs under the first secret of a list, and believes each of it', (t: TestContext) => {
  const [fresh, old] = ['a'.repeat(32), 'b'.repeat(32)]
  const identity = { id: 'u', type: 'default' }
  const verify = createVerifier(`${fresh},${old}`)

  t.assert.ok(verify(identity, createSigner(old)(identity)))
  t.assert.ok(verify(identity, createSigner(fresh)(identity)))
  t.assert.ok(!verify(identity, createSigner('c'.repeat(32))(identity)))
  t.assert.equal(createSigner(`${fresh},${old}`)(identity), createSigner(fresh)(identity))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSigner, createVerifier } from '@gatehouse/service-kit'
import type { Claims } from '../../src/auth/access-tokens.ts'
import { headerList } from '../../src/http/header-lines.ts'
import { createIdentityHeaders } from '../../src/upstream/identity-headers.ts'

const secret = 'a secret of the tests that is long enough'
const minuteMs = 60_000
const claimsOf = (sub: string, user_type = 'default') => ({ sub, user_type }) as Claims

/** The lines for a caller, with a clock that is set by hand and a count of what was signed. */
function setUp() {
  const clock = { ms: 30_000_000 * minuteMs }
  const now = () => clock.ms
  const sign = createSigner(secret, now)
  let signed = 0
  const identity = createIdentityHeaders((who) => {
    signed += 1
    return sign(who)
  }, now)
  const verify = createVerifier(secret, now)
  return { clock, identity, verify, signed: () => signed }
}

test('A1 says who asks, and signs it', () => {
  const { identity, verify } = setUp()

  const [, id, , type, , signature = ''] = headerList(identity(claimsOf('u-1', 'admin')))

  assert.deepEqual([id, type], ['u-1', 'admin'])
  assert.ok(verify({ id: 'u-1', type: 'admin' }, signature))
})

test('A1 signs for nobody on a public line, and names no one', () => {
  const { identity, verify } = setUp()

  const [name, signature = '', ...more] = headerList(identity(null))

  assert.equal(name, 'request-signature')
  assert.deepEqual(more, [])
  assert.ok(verify({ id: '', type: '' }, signature))
})

test('gives no caller the lines of another', () => {
  const { identity } = setUp()
  const callers = [claimsOf('u-1'), claimsOf('u-2'), claimsOf('u-1', 'admin')]

  for (const round of [1, 2]) {
    const told = callers.map((claims) => headerList(identity(claims)).slice(0, 4))
    const expected = callers.map(({ sub, user_type }) => [
      'request-user-id',
      sub,
      'request-user-type',
      user_type
    ])
    assert.deepEqual(told, expected, `round ${round}`)
  }
})

test('A8 signs once a caller and minute, so that no signature that is sent has less than a minute left', () => {
  const { clock, identity, verify, signed } = setUp()
  const claims = claimsOf('u-1')
  const first = identity(claims)

  clock.ms += minuteMs - 1
  assert.equal(identity(claims), first)
  assert.equal(signed(), 1)
  const [, , , , , signature = ''] = headerList(first)
  clock.ms += minuteMs - 1000
  assert.ok(verify({ id: 'u-1', type: 'default' }, signature))

  assert.notEqual(identity(claims), first)
  assert.equal(signed(), 2)
})

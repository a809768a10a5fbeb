import { test } from 'node:test'
import { callersIn, countFor, mayUse } from '../../src/documentation/page/browser/callers.js'
import { prepare } from '../../src/documentation/page/browser/document.js'
import type { Policy } from '../../src/documentation/page/browser/types.d.ts'
import { badgeOf, wordsOf } from '../../src/documentation/page/browser/words.js'

const plain: Policy = { allow: ['user'], timeout_ms: 10_000, body_bytes: 1024 ** 2 }
const told = (policy: Partial<Policy>, hasBody = false) =>
  Object.fromEntries(wordsOf({ ...plain, ...policy }, hasBody))

test('tells a policy in words', (t) => {
  const rate = { limit: 60, window_ms: 60_000, per: 'ip' }

  t.assert.deepEqual(told({ allow: ['public'], rate }, true), {
    'Who may call it': 'anyone, without signing in',
    Limit: '60 requests a minute for each address',
    'Answered within': '10 s',
    Body: 'up to 1 MB',
    Answer: 'not kept by the gateway'
  })
})

test('names owners, types of users, and odd limits', (t) => {
  const rate = { limit: 5, window_ms: 30_000, per: 'user' }
  const words = told({ allow: ['admin', 'owner'], owner: 'id', rate })

  t.assert.equal(words['Who may call it'], 'users of type admin, or the user whose id is {id}')
  t.assert.equal(words.Limit, '5 requests in 30 s for each user')
  t.assert.equal(told({}).Limit, 'none')
  t.assert.equal(told({ timeout_ms: 1500 })['Answered within'], '1500 ms')
  t.assert.equal(told({ body_bytes: 100 }, true).Body, 'up to 100 bytes')
  t.assert.equal(
    told({ cache: { ttl_ms: 5000, per: 'user' } }).Answer,
    'kept for 5 s for each user'
  )
})

test('tells how a stream ends', (t) => {
  t.assert.match(told({ stream: 'sse', idle_ms: 15_000 }).Stream ?? '', /after 15 s of silence$/)
  t.assert.match(told({ stream: 'websocket', idle_ms: 600_000 }).Stream ?? '', /after 10 min of/)
})

test('says in a word who may call', (t) => {
  const badges = [['public'], ['user'], ['admin'], ['admin', 'owner']].map((allow) =>
    badgeOf({ allow })
  )

  t.assert.deepEqual(badges, ['anyone', 'signed in', 'admin', 'admin or owner'])
})

const document = {
  info: { version: '1' },
  paths: {
    '/login': { post: { 'x-gateway': { allow: ['public'] } } },
    '/me': { get: { 'x-gateway': { allow: ['user'] } } },
    '/users/{id}': {
      get: { 'x-gateway': { allow: ['admin', 'owner'] } },
      delete: { 'x-gateway': { allow: ['admin'] } }
    },
    '/audits': { get: { 'x-gateway': { allow: ['auditor'] } } },
    '/other': { get: {} }
  }
}

test('knows each kind of caller that the table tells apart', (t) => {
  t.assert.deepEqual(callersIn(document), ['anonymous', 'user', 'admin', 'auditor'])
})

test('leaves each caller what it may use', (t) => {
  const counts = [null, ...callersIn(document)].map((caller) => countFor(document, caller).usable)

  t.assert.deepEqual(counts, [5, 1, 3, 4, 4])
  t.assert.equal(mayUse(undefined, 'anonymous'), true)
})

test('starts fields empty that may be left out, and tells the policy once', (t) => {
  const schema = () => ({ type: 'string', examples: ['x'] })
  const operation = {
    description: 'Lists.\n\n**Who:** anyone · **Answered within:** 10 s',
    parameters: [
      { in: 'query', schema: schema(), example: 'y' },
      { in: 'header', required: true, schema: schema() },
      { in: 'path', schema: schema() }
    ]
  }
  const shared = { in: 'header', schema: schema() }

  prepare({
    info: { version: '1' },
    paths: { '/a': { get: operation } },
    components: { parameters: { Key: shared } }
  })

  const kept = [...operation.parameters, shared].map((one) => 'examples' in one.schema)
  t.assert.equal(operation.description, 'Lists.')
  t.assert.deepEqual(kept, [false, true, true, false])
  t.assert.equal('example' in (operation.parameters[0] ?? {}), false)
})

import { test } from 'node:test'
import { allows, etagOf, isKnown } from '../src/orders/etag.ts'
import { asPlaced, changeable, changesBetween, statusesBefore } from '../src/orders/order.ts'

test('only a placed order can be shipped, cancelled or changed', (t) => {
  t.assert.deepEqual(statusesBefore('shipped'), ['placed'])
  t.assert.deepEqual(statusesBefore('cancelled'), ['placed'])
  t.assert.deepEqual(statusesBefore('placed'), [])
  t.assert.deepEqual(changeable, ['placed'])
})

test('an order as placed has its first item, status and times, and its id', (t) => {
  const now = {
    id: 'a',
    item: 'Lock',
    status: 'shipped' as const,
    version: 4,
    created_at: '2030-01-01T00:00:00.000Z',
    updated_at: '2030-01-09T00:00:00.000Z'
  }

  const placed = asPlaced(now, { item: 'Key' })

  t.assert.deepEqual(placed, {
    id: 'a',
    item: 'Key',
    status: 'placed',
    version: 1,
    created_at: now.created_at,
    updated_at: now.created_at
  })
})

test('H4 gives each version a strong etag of its own', (t) => {
  t.assert.deepEqual(
    [1, 2, 10].map((version) => etagOf({ version })),
    ['"v1"', '"v2"', '"v10"']
  )
})

const all = [1, 2, 3, 12]
const ifMatches: [string | undefined, number[]][] = [
  [undefined, all],
  ['*', all],
  [' * ', all],
  ['"v1"', [1]],
  ['"v1", "v12"', [1, 12]],
  ['"v1" ,\t"v2"', [1, 2]],
  ['W/"v1"', []],
  ['W/"v1", "v2"', [2]],
  ['"other", "v2"', [2]],
  ['v1', []],
  ['"v01"', []],
  ['"v1', []],
  ['"v9999999999"', []],
  ['*, "v1"', [1]],
  ['', []]
]

for (const [header, versions] of ifMatches) {
  test(`H4 reads if-match ${header} as ${JSON.stringify(versions)}`, (t) => {
    const conditions = { 'if-match': header }

    t.assert.deepEqual(
      all.filter((version) => allows(conditions, { version })),
      versions
    )
  })
}

test('H4 changes nothing under an if-none-match that names the version', (t) => {
  const under = (header: string) =>
    all.filter((version) => allows({ 'if-none-match': header }, { version }))

  t.assert.deepEqual(under('*'), [])
  t.assert.deepEqual(under('W/"v2"'), [1, 3, 12])
  t.assert.deepEqual(
    all.filter((version) => allows({ 'if-match': '*', 'if-none-match': '"v1"' }, { version })),
    [2, 3, 12]
  )
})

test('tells what changed between two versions of an order', (t) => {
  const before = { item: 'Lock', address: 'Here', quantity: 1, status: 'placed' }
  const after = { ...before, quantity: 2, status: 'shipped' }

  t.assert.deepEqual(changesBetween(before, after), [
    { field: 'quantity', from: 1, to: 2 },
    { field: 'status', from: 'placed', to: 'shipped' }
  ])
  t.assert.deepEqual(changesBetween(before, before), [])
  t.assert.deepEqual(
    changesBetween(null, before).map(({ field, from }) => [field, from]),
    ['item', 'address', 'quantity', 'status'].map((field) => [field, null])
  )
})

const ifNoneMatches: [string | undefined, boolean][] = [
  [undefined, false],
  ['*', true],
  ['"v3"', true],
  ['W/"v3"', true],
  ['"v2", W/"v3"', true],
  ['"v2"', false],
  ['v3', false],
  ['', false]
]

for (const [header, known] of ifNoneMatches) {
  test(`reads if-none-match ${header} of version 3 as ${known}`, (t) => {
    t.assert.equal(isKnown({ version: 3 }, header), known)
  })
}

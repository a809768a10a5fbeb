import { test } from 'node:test'
import { cutPage, ProblemError, pageQuery, readCursor } from '@gatehouse/service-kit'
import { Type } from 'typebox'
import { Check } from 'typebox/value'

const ids = Array.from({ length: 5 }, (_, n) => `0190c3a4-7c1e-7000-8000-00000000000${n}`)
const items = ids.map((id) => ({ id }))

test('links the next page by the last id of this one, and keeps the other parameters', (t) => {
  const page = cutPage(items, '/things?q=a%26b?&limit=4&cursor=old', 4)

  t.assert.deepEqual(page.items, items.slice(0, 4))
  const [, path, query] = /^<([^?]+)\?(.*)>; rel="next"$/.exec(String(page.link)) ?? []
  const parameters = Object.fromEntries(new URLSearchParams(query))
  t.assert.equal(path, '/things')
  t.assert.equal(parameters.q, 'a&b?')
  t.assert.equal(parameters.limit, '4')
  t.assert.equal(readCursor(parameters.cursor), ids[3])
})

test('links nothing on the last page', (t) => {
  t.assert.deepEqual(cutPage(items, '/things', 5), { items, link: null })
  t.assert.deepEqual(cutPage([], '/things', 5), { items: [], link: null })
})

test('starts at the beginning where there is no cursor', (t) => {
  t.assert.equal(readCursor(undefined), undefined)
})

const cursors = ['', 'nonsense', ids[0], Buffer.from('1').toString('base64url')]
for (const cursor of cursors) {
  test(`E6 refuses the cursor ${JSON.stringify(cursor)}`, (t) => {
    t.assert.throws(() => readCursor(cursor), { name: 'ProblemError', status: 400 })
  })
}

test('E6 bounds the limit to 1 to 100', (t) => {
  const Query = Type.Object(pageQuery)

  const allowed = [-1, 0, 1, 100, 101, 1e6, 1.5].filter((limit) => Check(Query, { limit }))

  t.assert.deepEqual(allowed, [1, 100])
})

test('tells a bad cursor as a fault of the query', (t) => {
  try {
    readCursor('nonsense')
    t.assert.fail('nothing was thrown')
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    t.assert.equal(error.errors?.[0]?.pointer, '#/query/cursor')
  }
})

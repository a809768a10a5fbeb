import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { startUsers } from './start-users.ts'

interface Named {
  username: string
}

const names = (response: { json: () => Named[] }) => response.json().map(({ username }) => username)

async function startWith(t: TestContext, ...usernames: string[]) {
  const users = await startUsers(t, { url: await testDatabase(t, 'users') })
  for (const username of usernames)
    await users.register({ username, email: `${username}@example.org` })
  return users
}

test('lists users page by page, each once, oldest first', async (t: TestContext) => {
  const { admin } = await startWith(t, 'one', 'two', 'three', 'four', 'five')
  const seen: string[] = []
  let next: string | undefined = '/users?limit=2&q=example'

  while (next) {
    const page = await admin.get(next)
    t.assert.equal(page.statusCode, 200)
    seen.push(...names(page))
    next = /^<(.*)>; rel="next"$/.exec(String(page.headers.link ?? ''))?.[1]
  }

  t.assert.deepEqual(seen, ['one', 'two', 'three', 'four', 'five'])
})

test('finds users by a part of the name or the e-mail, whatever the case', async (t: TestContext) => {
  const { admin } = await startWith(t, 'Ada', 'Grace')

  const byName = await admin.get('/users?q=AD')
  const byEmail = await admin.get('/users?q=GRACE%40EX')

  t.assert.equal(byName.statusCode, 200)
  t.assert.deepEqual(names(byName), ['Ada'])
  t.assert.deepEqual(names(byEmail), ['Grace'])
})

test('C16 takes wildcards and quotes in a search for what they are', async (t: TestContext) => {
  const { admin } = await startWith(t, 'under_score', 'underscore')

  const underscore = await admin.get('/users?q=r_s')
  const others = await Promise.all(
    ['%25', '%5C', "'%20or%20true--", '%5C%25'].map(async (q) => admin.get(`/users?q=${q}`))
  )

  t.assert.deepEqual(names(underscore), ['under_score'])
  for (const other of others) {
    t.assert.equal(other.statusCode, 200)
    t.assert.deepEqual(other.json(), [])
  }
})

test('E6 refuses every other or wrong parameter of a list', async (t: TestContext) => {
  const { admin } = await startWith(t)
  const queries = [
    'limit=1000000',
    'limit=-1',
    'limit=0',
    'limit=1&limit=2',
    'sort=password_hash',
    'include=sessions',
    'user_id=2',
    'q=',
    'q=%00',
    'q=a&q=b',
    'cursor=nonsense'
  ]

  const answers = await Promise.all(queries.map(async (query) => admin.get(`/users?${query}`)))

  answers.forEach((answer, index) => {
    t.assert.equal(answer.statusCode, 400, queries[index])
  })
})

import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openDatabase } from '../src/database.ts'
import { emptyDatabase } from '../src/testing.ts'
import { untilReady } from '../src/until-ready.ts'
import { prismaFolder } from './start.ts'

async function open(t: TestContext, url: string) {
  const prisma = pathToFileURL(`${await prismaFolder(t)}/`)
  const database = openDatabase({ url, prisma })
  t.after(database.close)
  return database
}

test('tells which database does not answer, without its password', async (t) => {
  const database = await open(t, 'postgresql://users:hidden@127.0.0.1:1/users')

  const failure = database.prepare({ patienceMs: 300 })

  await t.assert.rejects(failure, (error: Error) => {
    t.assert.equal(error.name, 'StartError')
    t.assert.match(
      error.message,
      /DATABASE_URL \(127\.0\.0\.1:1\/users\) has not answered for 0\.3 s/
    )
    t.assert.doesNotMatch(error.message, /hidden/)
    return true
  })
})

test('tells at once that the database refuses', async (t) => {
  const url = new URL(await emptyDatabase(t))
  url.pathname = '/nowhere'
  const database = await open(t, url.href)

  const failure = database.prepare()

  await t.assert.rejects(failure, { name: 'StartError', message: /refuses: .*"nowhere"/ })
})

test('tells that DATABASE_URL is no URL', async (t) => {
  const database = await open(t, 'localhost')

  await t.assert.rejects(database.prepare(), { name: 'StartError', message: /is not a URL/ })
})

test('tells that there is no folder of migrations', async (t) => {
  const prisma = pathToFileURL(`${await prismaFolder(t)}/elsewhere/`)
  const database = openDatabase({ url: await emptyDatabase(t), prisma })
  t.after(database.close)

  await t.assert.rejects(database.prepare(), {
    name: 'StartError',
    message: /elsewhere.migrations/
  })
})

test('stops waiting when it is closed', async (t) => {
  const database = await open(t, 'postgresql://users:hidden@127.0.0.1:1/users')
  const preparation = database.prepare()

  await database.close()

  t.assert.equal(await preparation, undefined)
  t.assert.equal(database.isReady(), false)
})

test('lets requests in after the seed, and none but health before', async (t) => {
  const database = await open(t, await emptyDatabase(t))
  const letIn = untilReady(database)
  const hook = async (request: { routeOptions: { url: string } }) =>
    new Promise<void>((resolve, reject) => {
      letIn(request, null, (error) => (error ? reject(error) : resolve()))
    })
  const request = { routeOptions: { url: '/things' } }
  const during: boolean[] = []
  await t.assert.rejects(hook(request), { status: 503, slug: 'starting' })
  await t.assert.rejects(database.check())
  await hook({ routeOptions: { url: '/health/live' } })

  await database.prepare({ seed: async () => during.push(database.isReady()) })

  await hook(request)
  await database.check()
  t.assert.deepEqual(during, [false])
})

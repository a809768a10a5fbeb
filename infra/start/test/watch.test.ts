import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createPart } from '../src/supervise.ts'
import { watchFiles } from '../src/watch.ts'
import { dataFolder } from './system.ts'

test('npm run dev sees changes of the table, of schemas and of migrations', async (t: TestContext) => {
  const root = dataFolder(t)
  const migration = 'services/users/prisma/migrations/0001_first'
  mkdirSync(join(root, migration), { recursive: true })
  mkdirSync(join(root, 'gateway'))
  const stopped = new AbortController()
  t.after(() => stopped.abort())
  const done = new Map<string, () => void>()
  const act = async (what: string) => done.get(what)?.()
  watchFiles({
    root,
    table: 'gateway/gateway.yml',
    restart: act,
    generate: async () => act('clients'),
    say: () => undefined,
    signal: stopped.signal
  })

  for (const [file, what] of [
    ['gateway/gateway.yml', 'gateway'],
    ['services/users/prisma/schema.prisma', 'clients'],
    [`${migration}/migration.sql`, 'users']
  ] as const) {
    const acted = new Promise<void>((resolve, reject) => {
      done.set(what, resolve)
      t.signal.addEventListener('abort', () => reject(new Error(`${file} is not seen`)))
    })
    writeFileSync(join(root, file), '')
    await acted
  }
})

test('a restart that was asked for is no early end', async (t: TestContext) => {
  let starts = 0
  const said: string[] = []
  const start = async () => {
    starts += 1
    const { promise: exited, resolve } = Promise.withResolvers<string>()
    return {
      pid: starts,
      exited,
      stop: async () => resolve('exit code 0'),
      kill: () => resolve('')
    }
  }
  const part = await createPart({ name: 'gateway', start, say: (sentence) => said.push(sentence) })
  const running = part.keepRunning()

  for (let restart = 0; restart < 6; restart += 1) await part.restart()
  await part.stop()

  await running
  t.assert.equal(starts, 7)
  t.assert.deepEqual(said, [])
})

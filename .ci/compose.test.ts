// What takes the compose project down and up again, and so has no place in the e2e suite: .ci/run has its own project.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { logIn, newOrder } from '../e2e/accounts.ts'
import { call } from '../e2e/client.ts'

const run = promisify(execFile)

// Another service with a database of its own, which the image of orders stands for.
const added = `
services:
  secrets: { environment: { SERVICES: 'users:10002 orders:10003 payments:10004' } }
  postgres: { environment: { SERVICES: 'users:10002 orders:10003 payments:10004' } }
  payments:
    extends: { file: docker-compose.yml, service: orders }
    user: '10004:10004'
    environment:
      DATABASE_URL_FILE: /run/secrets/payments/database-url
      MIGRATION_DATABASE_URL_FILE: /run/secrets/payments/migration-database-url
      INTERNAL_SECRET_FILE: /run/secrets/payments/internal-secret
      EVENTS_SECRET_FILE: ''
`

/** Runs while events go on, so that `fetch` learns which of its connections have been closed meanwhile. */
async function compose(...args: string[]): Promise<string> {
  return (await run('docker', ['compose', ...args])).stdout
}

test('what was ordered is there after the system was taken down and brought up again', async () => {
  const id = await newOrder(await logIn('user', 'u'))

  await compose('down')
  await compose('up', '--detach', '--wait')

  const { token } = await logIn('user', 'u')
  const { status, body } = await call('GET', `/api/orders/${id}`, { token })
  assert.equal(status, 200)
  assert.equal(body.id, id)
})

test('a service that is added to a system with data finds its secrets and its database', async (t) => {
  const id = await newOrder(await logIn('user', 'u'))
  const folder = await mkdtemp(join(tmpdir(), 'compose-'))
  t.after(async () => rm(folder, { recursive: true }))
  const file = join(folder, 'added.yml')
  await writeFile(file, added.replace('file: docker', `file: ${process.cwd()}/docker`))

  await compose('-f', 'docker-compose.yml', '-f', file, 'up', '--detach', '--wait')
  const states = await compose('-f', 'docker-compose.yml', '-f', file, 'ps', '--format', 'json')
  await compose('up', '--detach', '--wait', '--remove-orphans')

  assert.match(states, /"Health":"healthy".*payments|payments.*"Health":"healthy"/)
  const { token } = await logIn('user', 'u')
  assert.equal((await call('GET', `/api/orders/${id}`, { token })).status, 200)
})

test('of two instances of orders, both answer', async () => {
  await compose('up', '--detach', '--wait', '--no-recreate', '--scale', 'orders=2')
  const { token } = await logIn('user', 'u')
  const mark = randomUUID()
  const ask = async (_: unknown, index: number) =>
    call('GET', '/api/orders', { token, headers: { 'request-id': `${mark}-${index}` } })

  const answers = await Promise.all(Array.from({ length: 100 }, ask))

  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  for (const index of ['1', '2'])
    assert.match(await compose('logs', '--index', index, 'orders'), RegExp(mark))
})

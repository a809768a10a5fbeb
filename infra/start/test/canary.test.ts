import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { type Canaries, type Client, createCanaries, createClient } from './canary.ts'
import { askMalformed, operationsOf, waysToAsk } from './canary-requests.ts'
import { environmentsOn, processOn } from './processes.ts'
import { dataFolder, runStart } from './system.ts'

const skip = process.platform === 'linux' ? false : 'it looks into /proc'

/** The secrets that the system made for itself, and of a database's address the password. */
function secretsOf(folder: string): string[] {
  const files = readdirSync(join(folder, 'secrets'))
  const values = files.map((file) => readFileSync(join(folder, 'secrets', file), 'utf8'))
  return values.map((value) => URL.parse(value)?.password || value)
}

/** An account whose password is a canary, with all that it does to its sessions. */
async function live(client: Client, { password, refresh }: Canaries) {
  const admin = await client.tokens('/api/login', { username: 'admin', password: 'a' })
  const account = { username: 'canary', password }
  const send = async (method: string, path: string, token: string, body?: object) =>
    client.ask({ method, path, token, body })
  await send('POST', '/api/users', admin.token, account)
  await client.ask({ method: 'POST', path: '/api/login', body: { ...account, password: refresh } })
  const first = await client.tokens('/api/login', account)
  const second = await client.tokens('/api/token/refresh', { refresh_token: first.refresh_token })
  await send('POST', '/api/orders', second.token, { item: 'Lamp', address: '1 Gate Lane' })
  await client.ask({ method: 'GET', path: '/api/orders/events', token: second.token })
  await client.tokens('/api/token/refresh', { refresh_token: second.refresh_token })
  // Used again after its successor, which ends the session.
  const { refresh_token } = first
  await client.ask({ method: 'POST', path: '/api/token/refresh', body: { refresh_token } })
  const third = await client.tokens('/api/login', account)
  await send('POST', '/api/logout', third.token)
  await send('GET', '/api/me', third.token)
  return (await client.tokens('/api/login', account)).token
}

suite('the logs and answers of a running system', { skip }, () => {
  test('K3 K9 hold no password, token, cookie, key or secret, whatever is asked, at LOG_LEVEL=trace', async (t: TestContext) => {
    const folder = dataFolder(t)
    const env = { LOG_LEVEL: 'trace', LOG_FORMAT: 'json' }
    const system = await runStart(t, folder, env)
    await system.ready()
    const canaries = createCanaries()
    const client = createClient(system.port, canaries)

    const token = await live(client, canaries)
    for (const operation of await operationsOf(client))
      for (const way of waysToAsk(operation, canaries, token)) await client.ask(way)
    await askMalformed(client, canaries)
    const postgres = processOn(folder, 'postgres\0-D')
    const environments = [...environmentsOn(folder).values()]
    process.kill(postgres, 'SIGKILL')
    const after = { username: 'canary', password: canaries.password }
    await client.ask({ method: 'POST', path: '/api/login', body: after }).catch(() => null)
    system.child.kill('SIGTERM')
    await system.exited

    const statuses = Map.groupBy(client.told, ({ status }) => status)
    for (const status of [200, 201, 204, 400, 401, 403, 404, 405, 413, 415, 431])
      t.assert.ok(statuses.has(status), `${status} was answered, of ${[...statuses.keys()]}`)
    t.assert.ok(!statuses.has(500))
    const secrets = [...canaries.all, ...secretsOf(folder), btoa(`user:${canaries.password}`)]
    const told = [system.said(), ...environments]
    t.assert.match(system.said(), /"url":"\/api\/login"/)
    for (const secret of secrets) {
      t.assert.ok(!told.some((text) => text.includes(secret)), `${secret} is in a log`)
      const answers = client.told.filter(({ text }) => text.includes(secret))
      t.assert.deepEqual(
        answers.map(({ what, text }) => [what, text]),
        [],
        secret
      )
    }
  })
})

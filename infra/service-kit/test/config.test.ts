import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  Duration,
  Listen,
  loadConfig,
  milliseconds,
  parseDuration,
  Secret,
  StartError
} from '@gatehouse/service-kit'
import { Type } from 'typebox'

const good = 'b7Qm2xVt9KpL4sWc8RdZ1nHf6YgJ3aEu'
const schema = Type.Object({ ...Listen, INTERNAL_SECRET: Secret, TTL: Duration })

async function fileWith(t: TestContext, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-config-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'secret'), content)
  return join(folder, 'secret')
}

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(schema, env)
    return []
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return error.message.split('\n  ').slice(1)
  }
}

test('reads variables, with numbers as numbers and defaults where nothing is set', (t) => {
  const config = loadConfig(schema, { PORT: '9000', INTERNAL_SECRET: good, TTL: '15m', HOST: '' })

  t.assert.deepEqual(config, {
    HOST: '0.0.0.0',
    PORT: 9000,
    LOG_LEVEL: 'info',
    DRAIN_DELAY: '0s',
    INTERNAL_SECRET: good,
    TTL: '15m'
  })
})

test('tells all faults at once', (t) => {
  const faults = faultsOf({ PORT: 'http', LOG_LEVEL: 'loud', TTL: '15 minutes' })

  t.assert.deepEqual(faults.toSorted(), [
    'INTERNAL_SECRET is not set',
    'LOG_LEVEL must be equal to one of the allowed values: trace, debug, info, warn, error, fatal, silent',
    'PORT must be integer',
    'TTL must match pattern "^[1-9][0-9]{0,8}(ms|s|m|h|d)$"'
  ])
})

for (const port of ['-1', '65536', '80.5', '8000x', ' ']) {
  test(`refuses PORT=${JSON.stringify(port)}`, (t) => {
    const faults = faultsOf({ PORT: port, INTERNAL_SECRET: good, TTL: '1s' })

    t.assert.equal(faults.length, 1)
    t.assert.match(String(faults), /^PORT must be/)
  })
}

test('K2 refuses a variable and its file at once', async (t) => {
  const file = await fileWith(t, good)

  const faults = faultsOf({ INTERNAL_SECRET: good, INTERNAL_SECRET_FILE: file, TTL: '1s' })

  t.assert.deepEqual(faults, [
    'INTERNAL_SECRET and INTERNAL_SECRET_FILE are both set; keep one of them'
  ])
})

test('K2 refuses a file that cannot be read, and tells it once', (t) => {
  const faults = faultsOf({ INTERNAL_SECRET_FILE: '/nowhere/secret', TTL: '1s' })

  t.assert.equal(faults.length, 1)
  t.assert.match(String(faults), /^INTERNAL_SECRET_FILE names \/nowhere\/secret, .*ENOENT/)
})

test('K2 refuses an empty file', async (t) => {
  const file = await fileWith(t, '\n')

  const faults = faultsOf({ INTERNAL_SECRET_FILE: file, TTL: '1s' })

  t.assert.deepEqual(faults, [`INTERNAL_SECRET_FILE names ${file}, which is empty`])
})

for (const end of ['', '\n', '\r\n', '\n\n'])
  test(`K2 takes a file that ends in ${JSON.stringify(end)} for the same secret`, async (t) => {
    const file = await fileWith(t, `${good}${end}`)

    const config = loadConfig(schema, { INTERNAL_SECRET_FILE: file, TTL: '1s' })

    t.assert.equal(config.INTERNAL_SECRET, good)
  })

test('reads durations', (t) => {
  const read = ['250ms', '10s', '15m', '12h', '30d'].map(milliseconds)

  t.assert.deepEqual(read, [250, 10_000, 900_000, 43_200_000, 2_592_000_000])
})

for (const text of ['', '0s', '10', 's', '1.5s', '-1s', '10 s', '10S', '1w', '10s\n', '1e3s']) {
  test(`takes ${JSON.stringify(text)} for no duration`, (t) => {
    t.assert.equal(parseDuration(text), null)
  })
}

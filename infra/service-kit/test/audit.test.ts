import { type TestContext, test } from 'node:test'
import { createApp } from '../src/app.ts'
import { audit } from '../src/audit.ts'

async function linesAt(level: string) {
  const lines: string[] = []
  const logger = { level, base: null, stream: { write: (line: string) => lines.push(line) } }
  const app = createApp({ title: 'Test', fastify: { logger, genReqId: () => 'request-1' } })
  app.get('/', async (request) => {
    audit(request.log, 'login', { result: 'refused', user_id: null, ip: '192.0.2.1' })
    return 'done'
  })
  await app.inject('/')
  await app.close()
  return lines.map((line) => JSON.parse(line)).filter((line) => 'audit' in line)
}

test('K10 writes an audit event as a line of its own, whatever LOG_LEVEL says', async (t: TestContext) => {
  for (const level of ['debug', 'info', 'warn', 'fatal']) {
    const [line, ...others] = await linesAt(level)

    const { time, ...rest } = line
    t.assert.deepEqual(others, [], level)
    t.assert.ok(Math.abs(time - Date.now()) < 60_000)
    t.assert.deepEqual(rest, {
      level: 30,
      request_id: 'request-1',
      audit: 'login',
      result: 'refused',
      user_id: null,
      ip: '192.0.2.1',
      msg: 'login refused'
    })
  }
})

test('writes no audit event where nothing is to be logged', async (t: TestContext) => {
  t.assert.deepEqual(await linesAt('silent'), [])
})

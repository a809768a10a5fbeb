import { fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createApp, reasonOf, unavailable } from '@gatehouse/service-kit'

const script = fileURLToPath(new URL('sample-process.ts', import.meta.url))

/** The lines of an app whose only route throws `thrown`, after one request. */
async function linesOf(thrown: unknown) {
  const lines: string[] = []
  const app = createApp({ title: 'Sample', logTo: { write: (line) => void lines.push(line) } })
  app.get('/thrown', async () => {
    throw thrown
  })
  const { statusCode } = await app.inject('/thrown')
  await app.close()
  return { statusCode, lines: lines.map((line) => JSON.parse(line)) }
}

/** The log of a process that listens on `HOST`, from its start to its end. */
async function logOf(t: TestContext, HOST: string) {
  const child = fork(script, { env: { PORT: '0', HOST }, silent: true })
  t.after(() => child.kill('SIGKILL'))
  const log = text(child.stdout as NodeJS.ReadableStream)
  const [{ port }] = await once(child, 'message', { signal: t.signal })
  child.kill('SIGTERM')
  return { port, log: await log }
}

test('a line names its time in ISO 8601, in UTC', async (t: TestContext) => {
  const { lines } = await linesOf(new Error('a bug'))

  for (const { time } of lines) t.assert.equal(new Date(time).toISOString(), time)
  t.assert.equal(lines.length > 0, true)
})

test('an expected failure is a warning with its reason, without a stack', async (t: TestContext) => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.1:5432')
  const { statusCode, lines } = await linesOf(unavailable('away', 'It is away.', 1, cause))

  t.assert.equal(statusCode, 503)
  t.assert.partialDeepStrictEqual(lines[0], {
    level: 40,
    problem: 'away',
    reason: 'connect ECONNREFUSED 10.0.0.1:5432',
    msg: 'It is away.'
  })
  t.assert.doesNotMatch(JSON.stringify(lines), /stack|at .*\.ts/)
})

test('a bug is an error with its stack', async (t: TestContext) => {
  const { statusCode, lines } = await linesOf(new Error('a bug'))

  t.assert.equal(statusCode, 500)
  t.assert.equal(lines[0].level, 50)
  t.assert.match(lines[0].err.stack, /a bug\n {4}at /)
})

test('a reason is one line, with the causes, whatever is thrown', (t: TestContext) => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  const loop = new Error('round')
  loop.cause = loop

  t.assert.equal(reasonOf(new Error('a\n  b', { cause: new Error('c') })), 'a b: c')
  t.assert.equal(reasonOf(refused), 'ECONNREFUSED')
  t.assert.equal(reasonOf(null), 'null')
  t.assert.equal(reasonOf(loop), 'round')
  t.assert.equal(reasonOf(new Error('x'.repeat(5000))).length, 500)
})

test('one line names the address where a process listens', async (t: TestContext) => {
  const { port, log } = await logOf(t, '127.0.0.1')

  const listening = log.split('\n').filter((line) => line.includes('listening'))
  t.assert.equal(listening.length, 1)
  t.assert.match(listening[0] ?? '', RegExp(`"Server listening at http://127.0.0.1:${port}"`))
})

test('a process that listens on every address names none of the machine', async (t: TestContext) => {
  const { port, log } = await logOf(t, '0.0.0.0')

  const listening = log.split('\n').filter((line) => line.includes('listening'))
  t.assert.equal(listening.length, 1)
  t.assert.match(listening[0] ?? '', RegExp(`"Server listening on every address, port ${port}"`))
})

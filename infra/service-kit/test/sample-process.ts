import { createApp, fail, main, run, StartError } from '@gatehouse/service-kit'

const { HOST = '127.0.0.1', PORT, LATER, LINES = '0', DRAIN_DELAY = '0s', HARD_STOP } = process.env

/**
 * A process on the kit, for the tests of `run` and `main`: LATER names what goes wrong after listening, LINES how many
 * lines it logs before, and HARD_STOP how long it may take to close, in ms.
 */
await main(async () => {
  const app = createApp({ title: 'Sample' })
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  app.get('/slow', async (_request, reply) => {
    app.log.info('in flight')
    reply.header('x-kept', 'yes')
    await released
    return { done: true }
  })
  app.get('/throw', async () => {
    setImmediate(() => {
      throw new Error('nobody catches this')
    })
    return {}
  })
  app.get('/throw-null', async () => {
    setImmediate(() => {
      throw null
    })
    return {}
  })
  app.get('/reject', async () => {
    Promise.reject(new Error('nobody catches this'))
    return {}
  })
  app.get('/reject-nothing', async () => {
    Promise.reject()
    return {}
  })
  process.on('message', () => release())
  app.addHook('preClose', async () => app.log.info('draining'))
  for (let line = 1; line <= Number(LINES); line += 1) app.log.info(`line ${line} of many`)
  const hardStopMs = HARD_STOP === undefined ? undefined : Number(HARD_STOP)
  await run(app, { HOST, PORT: Number(PORT), DRAIN_DELAY }, hardStopMs)
  process.send?.(app.server.address())
  if (LATER === 'reject') throw new StartError('The database does not answer.')
  if (LATER === 'fail') fail(new Error('The database is odd.'))
})

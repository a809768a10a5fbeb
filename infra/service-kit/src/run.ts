import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { StartError } from './config.ts'

interface Address {
  HOST: string
  PORT: number
}

const hardStopMs = 20_000

/** Listens, and closes gracefully on SIGTERM or SIGINT; a second signal ends the process at once. */
export async function run(app: FastifyInstance, { HOST, PORT }: Address) {
  const grace = closeWithGrace({ delay: hardStopMs, logger: app.log }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'closing after an error that nothing caught')
    await app.close()
  })
  app.addHook('onClose', async () => grace.uninstall())
  try {
    await app.listen({ host: HOST, port: PORT })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${PORT} on ${HOST} is taken; set PORT to another.`)
    if (code === 'EACCES')
      throw new StartError(`Port ${PORT} may not be used by this user; set PORT above 1023.`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartError(`HOST ${HOST} is not an address of this machine.`)
    throw error
  }
}

/** Runs a process's `start`; what keeps it from starting is told on stderr, and the exit code is 1. */
export async function main(start: () => Promise<void>) {
  try {
    await start()
  } catch (error) {
    const told = error instanceof StartError ? error.message : (error as Error).stack
    process.stderr.write(`${told}\n`)
    process.exit(1)
  }
}

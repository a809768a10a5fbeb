import type { FastifyInstance } from 'fastify'

/** Time between two looks, in ms. */
const pollMs = 500

/**
 * Logs once where the system is found, when it listens and each of its services is ready: in a container the process
 * cannot know that address by itself. It looks until then, or until the app closes.
 */
export function announceReady(app: FastifyInstance, publicUrl: string) {
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function look() {
    const response = await app.inject('/health/ready')
    if (closed) return
    if (response.statusCode === 200 && response.json().status === 'ready')
      app.log.info({ url: publicUrl }, `Gatehouse is ready: ${publicUrl}`)
    else later()
  }

  function later() {
    timer = setTimeout(() => void look(), pollMs).unref()
  }

  app.addHook('onListen', async () => later())
  app.addHook('onClose', async () => {
    closed = true
    clearTimeout(timer)
  })
}

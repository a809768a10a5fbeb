import type { FastifyInstance } from 'fastify'

/** Poll interval, in ms. */
const pollMs = 500

/**
 * Logs the public URL once the gateway listens and all services are ready: in a container the process cannot know that
 * URL by itself.
 */
export function announceReady(app: FastifyInstance, publicUrl: string) {
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function poll() {
    const response = await app.inject('/health/ready')
    if (closed) return
    if (response.statusCode === 200 && response.json().status === 'ready')
      app.log.info({ url: publicUrl }, `Gatehouse is ready: ${publicUrl}`)
    else schedule()
  }

  function schedule() {
    timer = setTimeout(() => void poll(), pollMs).unref()
  }

  app.addHook('onListen', async () => schedule())
  app.addHook('onClose', async () => {
    closed = true
    clearTimeout(timer)
  })
}

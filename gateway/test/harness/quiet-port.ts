import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what systems give out by themselves (Linux from 32768, others from 49152), so that nobody is given it meanwhile. */
const [from, count] = [20_000, 10_000]

/** A port of 127.0.0.1 on which nobody listens, and which stays so until the test takes it. */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = from + Math.floor(Math.random() * count)
    const server = createServer().listen(port, '127.0.0.1')
    const taken = await Promise.race([
      once(server, 'listening').then(() => false),
      once(server, 'error').then(() => true)
    ])
    if (taken) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/**
 * A way to the database at `url` on which answers can be held back: what is asked is done, and nobody is told. `url` is
 * that of the database on this way.
 */
export async function holdable(t: TestContext, url: string) {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  let awaited: RegExp[] = []
  let held = Promise.withResolvers<void>()
  let isHeld = false

  function hear(bytes: Buffer) {
    while (awaited[0]?.test(bytes.toString('latin1'))) {
      awaited = awaited.slice(1)
      if (awaited.length > 0) continue
      isHeld = true
      held.resolve()
    }
  }

  const server = createServer((client) => {
    const database = connect(Number(port), hostname)
    sockets.push(client, database)
    client.on('data', (bytes) => {
      hear(bytes)
      database.write(bytes)
    })
    database.on('data', (bytes) => void (isHeld || client.write(bytes)))
    client.on('error', () => database.destroy()).on('close', () => database.destroy())
    database.on('error', () => client.destroy()).on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const way = new URL(url)
  way.port = String((server.address() as AddressInfo).port)
  return {
    url: way.href,
    /** Holds every answer back from when all of this was asked, in this order; resolves then. */
    async holdAt(...texts: RegExp[]) {
      isHeld = false
      awaited = texts
      held = Promise.withResolvers()
      return held.promise
    }
  }
}

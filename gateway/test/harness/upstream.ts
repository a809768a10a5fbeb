import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { declaredFraming, type Header, valuesOf } from './message.ts'
import { createMessageReader } from './message-reader.ts'
import { createWatch } from './watch.ts'

/** A request exactly as it reached the upstream. */
export interface Seen {
  /** Number of the connection, from 1 in the order they were opened. */
  connection: number
  method: string
  target: string
  headers: Header[]
  /** The raw head, latin1. */
  text: string
  body: Buffer
  complete: boolean
  all: (name: string) => string[]
}

/** Gives the bytes to answer with, or writes to the socket itself and gives nothing. */
export type Handler = (seen: Seen, socket: Socket) => unknown

/** A whole answer with a content-length; `headers` are whole lines. */
export function ok(body = 'ok', ...headers: string[]): string {
  const lines = ['HTTP/1.1 200 OK', ...headers, `content-length: ${Buffer.byteLength(body)}`]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

type Context = { after: (end: () => void) => void }

/**
 * A bare server that records what it is sent and answers byte for byte what the test scripted: by
 * path, either when a request is complete (`answer`) or as soon as its head is there (`atHead`).
 * @param create what makes the server, of TCP where it is not said
 */
export async function startUpstream(
  t: Context,
  create: (taken: (socket: Socket) => void) => Server = createServer
) {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  const atHead = new Map<string, Handler>()
  const atEnd = new Map<string, Handler>()
  let connections = 0
  const { changed, until } = createWatch()

  function play(handlers: Map<string, Handler>, request: Seen, socket: Socket) {
    const [path = ''] = request.target.split('?')
    const bytes = handlers.get(path)?.(request, socket)
    if (typeof bytes === 'string' || Buffer.isBuffer(bytes)) socket.write(bytes)
  }

  const server = create((socket) => {
    sockets.add(socket)
    connections += 1
    const reader = readRequests(connections, {
      head(request) {
        seen.push(request)
        play(atHead, request, socket)
      },
      end(request) {
        const [path = ''] = request.target.split('?')
        if (atEnd.has(path)) play(atEnd, request, socket)
        else if (!atHead.has(path)) socket.write(ok())
      }
    })
    socket.on('data', (bytes) => {
      reader.push(bytes)
      changed()
    })
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    answer: (path: string, handler: Handler) => atEnd.set(path, handler),
    atHead: (path: string, handler: Handler) => atHead.set(path, handler),
    /** The requests for this path so far. */
    requests: (path: string) => seen.filter(({ target }) => target.split('?')[0] === path),
    /** Waits for a request for this path that `look` finds as it should be. */
    saw(path: string, look: (seen: Seen) => boolean = () => true): Promise<Seen> {
      const fits = (one: Seen) => one.target.split('?')[0] === path && look(one)
      return until(`a request for ${path}`, () => seen.find(fits))
    }
  }
}

export type Upstream = Awaited<ReturnType<typeof startUpstream>>

function readRequests(
  connection: number,
  on: { head: (seen: Seen) => void; end: (seen: Seen) => void }
) {
  let request: Seen | null = null
  return createMessageReader({
    head({ start, headers, text }) {
      const [method = '', target = ''] = start.split(' ')
      const all = (name: string) => valuesOf(headers, name)
      const body = Buffer.alloc(0)
      request = { connection, method, target, headers, text, body, complete: false, all }
      on.head(request)
      return declaredFraming(headers, 0)
    },
    data(bytes) {
      if (request) request.body = Buffer.concat([request.body, bytes])
    },
    end() {
      if (!request) return
      request.complete = true
      on.end(request)
    }
  })
}

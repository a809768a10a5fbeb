import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'

/** A connection from this machine that no network is part of: the client's end of it, and a way to break it off. */
export function connect(server: { emit: (event: 'connection', socket: Socket) => boolean }) {
  const [client, side] = duplexPair()
  const socket = Object.assign(side, {
    remoteAddress: '127.0.0.1',
    setTimeout: () => side,
    setNoDelay: () => side,
    setKeepAlive: () => side,
    destroySoon: () => side.end()
  })
  server.emit('connection', socket as unknown as Socket)
  const breakOff = () => {
    client.destroy()
    side.destroy()
  }
  return { client, breakOff }
}

/** The bytes of a request; `authorization` stands in it where there is a caller. */
export function bytesOf(line: string, headers: readonly [string, string][], token: string | null) {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const fields = [
    ...(hasHost ? [] : ['host: localhost:8001']),
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
    ...headers.map((field) => field.join(': '))
  ]
  return `${[`${line} HTTP/1.1`, ...fields].join('\r\n')}\r\n\r\n`
}

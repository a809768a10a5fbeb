import type { Socket } from 'node:net'
import type { buildConnector as Connector } from 'undici'
import { skipContinue } from './skip-continue.ts'
import { buildConnector, errors } from './undici.ts'

/** How undici asks for a connection; its types leave out that the socket is given back. */
type Connect = (options: Connector.Options, callback: Connector.Callback) => Socket | undefined

/**
 * undici takes an answer whose end is that of its connection for whole, also where the connection was reset
 * (PROMISES F7), and fails what waits behind a reset though nothing of it was sent. A code of its own stops both.
 */
function tellResets(socket: Socket) {
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET'
  })
}

/**
 * Opens connections for undici within `timeoutMs`, to the millisecond where its own timers are half a second late,
 * and mends on them what undici makes of resets and of `100 Continue`.
 */
export function createConnector(timeoutMs: number): Connector.connector {
  // HTTP/2 knows no upgrade, and an upstream that may choose would choose it.
  const connect = buildConnector({ timeout: 0, allowH2: false }) as Connect
  return (options, callback) => {
    const late = () => socket?.destroy(new errors.ConnectTimeoutError('no connection in time'))
    const timer = setTimeout(late, timeoutMs)
    const socket = connect(options, (...opened) => {
      clearTimeout(timer)
      const [, ready] = opened
      if (ready) {
        tellResets(ready)
        skipContinue(ready)
      }
      callback(...opened)
    })
    return socket
  }
}

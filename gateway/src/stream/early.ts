import type { Socket } from 'node:net'

/** What is held of one client, in bytes; it may send nothing yet (RFC 6455 4.1), so what is more waits at its end. */
const mostHeld = 64 * 1024

/**
 * Holds what a client sends before its handshake is answered; `head` has come already. Read it must be, for the end
 * of a connection shows only behind what came before it (PROMISES F22).
 * @returns gives what was held, once, and takes nothing any more
 */
export function holdEarly(socket: Socket, head: Buffer): () => Buffer {
  const held = [head]
  let bytes = head.length

  function take(chunk: Buffer) {
    held.push(chunk)
    bytes += chunk.length
    if (bytes >= mostHeld) socket.pause()
  }

  socket.on('data', take)
  return () => {
    socket.off('data', take)
    return Buffer.concat(held.splice(0))
  }
}

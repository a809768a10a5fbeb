import { connect } from 'node:net'

/**
 * One connection of the load generator: asks, and tells when the whole answer is there. Bare sockets, since a client
 * library would cost more than the gateways that are measured. Opens itself again where it is broken.
 */
export function openConnection(
  port: number,
  on: { ready: () => void; answer: (status: string) => void; broken: () => void }
) {
  let socket = open()
  /** Bytes of the answer that are still to come; -1 before its head. */
  let left = -1
  let status = ''

  function readHead(bytes: Buffer) {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) throw new Error('an answer whose head came in parts')
    const head = bytes.toString('latin1', 0, end)
    status = head.slice(9, 12)
    const length = /content-length: *(\d+)/i.exec(head)?.[1]
    left = length === undefined ? Number.POSITIVE_INFINITY : Number(length) + end + 4
  }

  function open() {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('connect', on.ready)
    socket.on('data', (bytes) => {
      if (left < 0) readHead(bytes)
      left -= bytes.length
      // Chunked answers of this bench come with their last chunk at the end of a piece.
      const endless = left === Number.POSITIVE_INFINITY
      if (left > 0 && !(endless && bytes.toString('latin1', bytes.length - 5) === '0\r\n\r\n'))
        return
      left = -1
      on.answer(status)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      on.broken()
      setTimeout(reopen, 10)
    })
    return socket
  }
  function reopen() {
    left = -1
    socket = open()
  }

  return { send: (bytes: Buffer) => socket.write(bytes) }
}

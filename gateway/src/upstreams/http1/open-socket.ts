import { connect, type Socket } from 'node:net'

export interface Address {
  host: string
  port: number
  /** Longest time to open a connection, in ms. */
  connectTimeoutMs: number
}

/** Told what becomes of a socket. */
interface Listener {
  /** Asked where the next read goes. */
  memory: () => Buffer
  /** So many bytes were read to there. */
  read: (size: number) => void
  connected: () => void
  /** It took longer than it may to open it. */
  late: () => void
  /** The other side sends no more. */
  ended: () => void
  failed: (error: Error) => void
  closed: () => void
}

/** Opens a socket that reads into the memory of its listener. */
export function openSocket(address: Address, listener: Listener): Socket {
  const { host, port, connectTimeoutMs } = address
  const onread = {
    buffer: listener.memory,
    callback(size: number) {
      listener.read(size)
      return true
    }
  }
  const socket = connect({ host, port, noDelay: true, keepAlive: true, onread })
  const timer = setTimeout(listener.late, connectTimeoutMs)
  socket.once('connect', () => {
    clearTimeout(timer)
    listener.connected()
  })
  socket.on('end', listener.ended)
  socket.on('error', listener.failed)
  socket.once('close', () => {
    clearTimeout(timer)
    listener.closed()
  })
  return socket
}

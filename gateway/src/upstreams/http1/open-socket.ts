import { connect, type Socket } from 'node:net'
import type { ConnectSecurely } from './secure.ts'

export interface Address {
  host: string
  port: number
  /** How TLS is spoken with it; null where it is asked in the clear. */
  securely: ConnectSecurely | null
  /** Longest time to open a connection, TLS included, in ms. */
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
  const { host, port, securely, connectTimeoutMs } = address
  const onread = {
    buffer: listener.memory,
    callback(size: number) {
      listener.read(size)
      return true
    }
  }
  const options = { host, port, noDelay: true, keepAlive: true, onread }
  const socket = securely ? securely(options) : connect(options)
  const timer = setTimeout(listener.late, connectTimeoutMs)
  socket.once(securely ? 'secureConnect' : 'connect', () => {
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

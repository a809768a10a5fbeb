import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { headTo } from './request.ts'

/** Opens a socket behind TLS; its `secureConnect` says that the other side is who it should be. */
export type ConnectSecurely = (options: NetConnectOpts) => Socket

/**
 * How connections behind TLS to one upstream are opened. They share what they trust, and the latest session: who goes
 * on in it need not show the certificate again.
 */
export function createSecurely(host: string): ConnectSecurely {
  // An import would make Node evaluate all that it exports, every certificate that it trusts as a text among it.
  const { connect, createSecureContext } = process.getBuiltinModule('node:tls')
  const secureContext = createSecureContext()
  // RFC 6066 3: a server is named by its name, never by its address.
  const servername = isIP(host) === 0 ? host : ''
  let session: Buffer | undefined
  return (options) => {
    const known = session && { session }
    const asked = { ...options, ...known, secureContext, servername, ALPNProtocols: ['http/1.1'] }
    const socket = connect(asked)
    socket.on('session', (latest) => {
      session = latest
    })
    // Should it be the session that an upstream stumbles over, the next connection begins without.
    socket.on('error', () => {
      session = undefined
    })
    return socket.setNoDelay(true).setKeepAlive(true)
  }
}

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

/** How the connections to one upstream are to be. */
export interface ConnectionOptions {
  /** Longest time to open one, in ms. */
  connectTimeoutMs: number
  /** Longest time that one is kept without a request, in ms. */
  keepAliveMs: number
  /** What one reads at once at most, in bytes: it holds so much memory for as long as it is open. */
  readBytes?: number
  /** The largest header section of a response, in bytes; 16 kB where it is not said. */
  maxHeaderBytes?: number
}

export interface Destination extends Address, Required<ConnectionOptions> {
  /** What `headTo` gives. */
  head: string
}

/** What is read at once in the clear, and behind TLS, where it is one record at most (RFC 8446 5.1), in bytes. */
const plainBytes = 64 * 1024
const recordBytes = 16 * 1024
const defaultHeaderBytes = 16 * 1024

/** @param origin scheme, host and port */
export function destinationOf(origin: string, options: ConnectionOptions): Destination {
  const { protocol, host, hostname, port } = new URL(origin)
  // An IPv6 literal stands in brackets in a URL, and nowhere else.
  const bare = hostname.replace(/^\[|\]$/g, '')
  const isSecure = protocol === 'https:'
  return {
    host: bare,
    port: Number(port || (isSecure ? 443 : 80)),
    securely: isSecure ? createSecurely(bare) : null,
    head: headTo(host),
    maxHeaderBytes: defaultHeaderBytes,
    readBytes: isSecure ? recordBytes : plainBytes,
    ...options
  }
}

import { isIP, type NetConnectOpts, type Socket } from 'node:net'

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

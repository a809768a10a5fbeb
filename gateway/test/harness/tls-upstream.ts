import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { startUpstream } from './upstream.ts'

/** For 127.0.0.1 until 2126, signed by itself; good for nothing but these tests. */
const certificate = [
  'MIIBjzCCATagAwIBAgIUQLK74S1BVmkSiSxkpQHHUFe1Q5owCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJMTI3LjAu',
  'MC4xMCAXDTI2MTEyMTE2MjEzMloYDzIxMjYxMDI4MTYyMTMyWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcq',
  'hkjOPQIBBggqhkjOPQMBBwNCAASrLqlAZynXKk/zxyhKGvxLndut05+cey6VFazjzyPcYOqiY9FnElVCPqJDOkIB',
  'imleVoum4h1aeI+DYSqmhHq3o2QwYjAdBgNVHQ4EFgQUnnfRYHqWqE7q4vi7cYvbfX94ubwwHwYDVR0jBBgwFoAU',
  'nnfRYHqWqE7q4vi7cYvbfX94ubwwDwYDVR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMC',
  'A0cAMEQCIDsU0VsmjcHfnBtM1ar3LHH69VDuB56zH2PsVtHOxuDQAiBewyQrQkMMV3IMj//sJ4AaHH6S4QZ/+Cg8',
  'gMqaUsLP5Q=='
].join('')
const privateKey = [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyeyImgXN7mWxPGlldRbNjS9i3SIcb6QETOAWPxbO',
  'sT2hRANCAASrLqlAZynXKk/zxyhKGvxLndut05+cey6VFazjzyPcYOqiY9FnElVCPqJDOkIBimleVoum4h1aeI+D',
  'YSqmhHq3'
].join('')

const derOf = (base64: string) => Buffer.from(base64, 'base64')

/** The certificate, for whoever is to trust it. */
export const trustedPem = new X509Certificate(derOf(certificate)).toString()
const key = createPrivateKey({ key: derOf(privateKey), format: 'der', type: 'pkcs8' })
const keyPem = key.export({ format: 'pem', type: 'pkcs8' })

/** What a server behind TLS is made with. */
export const credentials = { cert: trustedPem, key: keyPem }

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

/** An upstream behind TLS; counts the connections that it was asked for. */
export async function startTlsUpstream(t: { after: (end: () => void) => void }, answer: Answer) {
  const opened = { connections: 0 }
  const server = createServer(credentials, (request, response) => {
    void answer(request, response)
  })
  server.on('connection', () => {
    opened.connections += 1
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}`, opened }
}

/** A bare upstream behind TLS, which answers byte for byte; `resumed` says of each connection whether it went on in a session. */
export async function startBareTlsUpstream(
  t: { after: (end: () => void) => void },
  options: TlsOptions = {}
) {
  const resumed: boolean[] = []
  const create = (taken: (socket: Socket) => void) =>
    createTlsServer({ ...credentials, ...options }, (socket: TLSSocket) => {
      resumed.push(socket.isSessionReused())
      taken(socket)
    })
  const upstream = await startUpstream(t, create)
  return { ...upstream, url: `https://127.0.0.1:${upstream.port}`, resumed }
}

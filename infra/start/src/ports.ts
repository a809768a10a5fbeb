import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { StartError } from './start-error.ts'

async function probe(host: string, port: number): Promise<number> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return address.port
}

/** Gives a loopback port that nothing listens on. */
export async function freePort(): Promise<number> {
  return probe('127.0.0.1', 0)
}

/** Gives the port the gateway will listen on, a free one for 0. Throws a StartError where it cannot be had. */
export async function gatewayPort(host: string, port: number): Promise<number> {
  try {
    return await probe(host, port)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${port} is taken; set GATEWAY_PORT to another.`)
    if (code === 'EACCES')
      throw new StartError(
        `Port ${port} may not be used by this user; set GATEWAY_PORT above 1023.`
      )
    throw new StartError(`HOST ${host} is not an address of this machine.`)
  }
}

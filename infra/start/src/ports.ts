import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { StartError } from './start-error.ts'

async function hold(host: string, port: number) {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  return server
}

/** Gives the port of each server, and ends them all. */
async function release(servers: Server[]): Promise<number[]> {
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  await Promise.all(servers.map(async (server) => once(server, 'close')))
  return ports
}

/** Gives two loopback ports that nothing listens on; both are held at once, for else they could be the same. */
export async function twoFreePorts(): Promise<[number, number]> {
  const servers = [await hold('127.0.0.1', 0), await hold('127.0.0.1', 0)]
  const [first = 0, second = 0] = await release(servers)
  return [first, second]
}

/** Gives a loopback port that nothing listens on. */
export async function freePort(): Promise<number> {
  return (await twoFreePorts())[0]
}

/** Gives the port the gateway will listen on, a free one for 0. Throws a StartError where it cannot be had. */
export async function gatewayPort(host: string, port: number): Promise<number> {
  try {
    const [held = port] = await release([await hold(host, port)])
    return held
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

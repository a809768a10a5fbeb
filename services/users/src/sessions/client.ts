import { clientAddressOf, networkOf } from '@gatehouse/service-kit'

export type Request = Parameters<typeof clientAddressOf>[0]

/** Who holds a session, as far as one can see: for its user, who may know it again by that. */
export interface Client {
  address: string | null
  /** What the address is counted by. */
  network: string
  agent: string | null
}

const longestAgent = 300
/** What neither a log nor PostgreSQL should hold; a header brings no more than Latin-1. */
const unprintable = /[^\x20-\x7e\xa0-\xff]/g

/** The client of a request that came through the gateway. */
export function clientOf(request: Request): Client {
  const address = clientAddressOf(request)
  const agent = request.headers['user-agent']?.replaceAll(unprintable, '').slice(0, longestAgent)
  return { address, network: networkOf(address ?? ''), agent: agent || null }
}

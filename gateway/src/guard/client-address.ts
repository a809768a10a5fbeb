import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { StartError } from '@gatehouse/service-kit'

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
/** An IPv4 peer of a dual-stack socket is shown as `::ffff:192.0.2.1`. */
const plain = (address: string) => (address.startsWith('::ffff:') ? address.slice(7) : address)

function listOf(proxies: string): BlockList {
  const list = new BlockList()
  for (const entry of proxies
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)) {
    const [address = '', bits] = entry.split('/')
    const prefix = bits === undefined ? (isIP(address) === 6 ? 128 : 32) : Number(bits)
    try {
      list.addSubnet(address, prefix, family(address))
    } catch {
      throw new StartError(`TRUSTED_PROXIES has ${entry}, which is no address and no CIDR range.`)
    }
  }
  return list
}

/**
 * Finds the client behind the proxies that `TRUSTED_PROXIES` names (addresses and CIDR ranges, separated by commas;
 * none by default): the right-most hop of `x-forwarded-for` that is not one of them (PROMISES F17).
 */
export function createClientAddress(proxies: string) {
  const trusted = listOf(proxies)
  if (proxies.trim() === '') {
    return ({ socket }: IncomingMessage) => plain(socket.remoteAddress ?? '')
  }
  const isTrusted = (address: string) =>
    isIP(address) > 0 && trusted.check(address, family(address))
  return ({ socket, headers }: IncomingMessage) => {
    let client = plain(socket.remoteAddress ?? '')
    const hops = String(headers['x-forwarded-for'] ?? '').split(',')
    while (isTrusted(client)) {
      const hop = hops.pop()?.trim()
      if (!hop || isIP(hop) === 0) break
      client = hop
    }
    return client
  }
}

/** What an address is counted by: an IPv6 network of 64 bits belongs to one client (PROMISES I5). */
export function rateKey(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Math.max(0, 8 - before.length - after.length)
  const groups = tail === undefined ? before : [...before, ...Array(zeros).fill('0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

import { isIPv6 } from 'node:net'

/** RFC 4007 11: the zone names a link of one machine, and means nothing to another. */
const zone = /%.*$/s
/** As a dual-stack socket shows its IPv4 peers. */
const dotted = /^::ffff:(?=\d+\.)/i
/** As URL writes every form of it. */
const canonical = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/

/**
 * One form of an address: an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, `::ffff:c000:201`) as its IPv4 address, and an
 * IPv6 address without its zone. Other texts stay as they are.
 */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address
  if (address.includes('%') && isIPv6(address)) return plainAddress(address.replace(zone, ''))
  if (!/ffff/i.test(address) || !isIPv6(address)) return address
  if (dotted.test(address)) return address.slice('::ffff:'.length)
  const [, high, low] = canonical.exec(URL.parse(`http://[${address}]`)?.hostname ?? '') ?? []
  if (high === undefined || low === undefined) return address
  const halves = [high, low].map((half) => Number.parseInt(half, 16))
  return halves.flatMap((half) => [half >> 8, half & 0xff]).join('.')
}

/**
 * The key by which an address is counted: an IPv4 address itself, an IPv6 address's network of 64 bits, which belongs
 * to one client (guarantees I5, C7). `shown` is what `isIP` accepts.
 */
export function networkOf(shown: string): string {
  const address = plainAddress(shown)
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

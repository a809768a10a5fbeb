import { isIPv6 } from 'node:net'

/** RFC 4007 11: which of its links a machine means; nobody else can know. */
const zone = /%.*$/s
/** Bits before the IPv4 address in an IPv6 address that stands for one (RFC 4291 2.5.5.2). */
export const mappedBits = 96
/** As a dual-stack socket shows its IPv4 peers. */
const dotted = /^::ffff:(?=\d+\.)/i
/** As URL writes them, whatever the spelling was. */
const canonical = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/

/**
 * One spelling of an address: an IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.1`, `::ffff:c000:201`,
 * `0:0:0:0:0:ffff:c000:201`) as the IPv4 address, and none with a zone. What is no address stays as it is.
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

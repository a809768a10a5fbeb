/** An address as people write it: of IPv4 in IPv6 (`::ffff:192.0.2.1`), as a socket that speaks both shows it, the IPv4 address. */
export const plainIp = (address: string) => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

/**
 * What an address is counted by: an IPv4 address by itself, an IPv6 address by its network of 64 bits, which belongs
 * to one client (guarantees I5, C7). `shown` is what `isIP` accepts; IPv4 in IPv6 (`::ffff:192.0.2.1`) is IPv4.
 */
export function networkOf(shown: string): string {
  const address = plainIp(shown)
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

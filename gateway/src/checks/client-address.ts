import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6, type Socket } from 'node:net'
import { networkOf, StartError } from '@gatehouse/service-kit'
import { type FieldLines, linesOf } from '../http/header-lines.ts'

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

/** Who asked, and how, before any proxy that is trusted (guarantee F17). */
export interface Forwarded {
  /** The client's address. */
  client: string
  /** The client and the trusted hops after it, for `x-forwarded-for`. */
  chain: string
  proto: 'http' | 'https'
  host: string
  /** What the client is counted by. */
  network: string
  /** How an upstream is told of it. */
  lines: FieldLines
}

type Told = Omit<Forwarded, 'network' | 'lines'>

/** Where a connection keeps what was found of its peer. */
const peer = Symbol('peer')
type Connection = Socket & { [peer]?: Forwarded }

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Adds an address or a range; one of IPv4 addresses in IPv6 (`::ffff:10.0.0.0/104`) as what it is. */
function addTo(list: BlockList, entry: string) {
  const [, named = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? []
  const widest = isIP(named) === 6 ? 128 : 32
  const prefix = Number(bits ?? widest)
  if (isIP(named) === 0 || prefix > widest) {
    throw new StartError(
      `TRUSTED_PROXIES: ${entry} is neither an address nor a CIDR range. Write it as 10.0.0.1 or 10.0.0.0/8.`
    )
  }
  const address = plainAddress(named)
  const isMapped = isIP(address) < isIP(named) && prefix >= mappedBits
  if (isMapped) list.addSubnet(address, prefix - mappedBits, 'ipv4')
  else list.addSubnet(named, prefix, family(named))
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) addTo(list, entry)
  return list
}

/** RFC 7239 4: an IPv6 address is put in brackets, and what has a colon in quotes. */
function forwardedElement({ client, proto, host }: Told): string {
  const node = client.includes(':') ? `"[${client}]"` : client
  const named = host === '' ? '' : `;host="${host}"`
  return `for=${node}${named};proto=${proto}`
}

function complete(told: Told): Forwarded {
  const { client, chain, proto, host } = told
  // HTTP/1.0 may come without one.
  const named = host === '' ? [] : ['x-forwarded-host', host]
  const fields = ['x-forwarded-for', chain, 'x-forwarded-proto', proto, ...named]
  const lines = linesOf([...fields, 'forwarded', forwardedElement(told)])
  return { client, chain, proto, host, network: networkOf(client), lines }
}

/** The peer itself: what it says of others is not believed. A connection's requests name one host as a rule. */
function direct({ socket, headers }: IncomingMessage): Forwarded {
  const { host = '' } = headers
  const connection = socket as Connection
  const known = connection[peer]
  if (known?.host === host) return known
  const client = plainAddress(socket.remoteAddress ?? '')
  const found = complete({ client, chain: client, proto: 'http', host })
  connection[peer] = found
  return found
}

/** The elements of a list header; empty ones count for nothing (RFC 9110 5.6.1). */
function elementsOf(header: string | string[] | undefined): string[] {
  const elements = String(header ?? '').split(',')
  return elements.map((element) => element.trim()).filter((element) => element !== '')
}

/** The element that the hop nearest to the client added, where each hop has added one: so many from the right. */
function elementAt(header: string | string[] | undefined, hops: number): string {
  const elements = elementsOf(header)
  return elements.at(-Math.max(hops, 1)) ?? elements[0] ?? ''
}

/** An IPv4 address with a port, or an IPv6 address in brackets, with or without one; quoted or not (RFC 7239 6). */
const node =
  /^("?)(?:(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([0-9a-f.]*:[0-9a-f:.]*)\](?::\d{1,5})?)\1$/i

/** The address in an element of `x-forwarded-for`, without a port where there is one beyond doubt. */
function addressIn(element: string): string {
  const [, , ipv4, ipv6] = node.exec(element) ?? []
  return plainAddress(ipv4 ?? ipv6 ?? element)
}

/** By the names that proxies give them: `wss` is a WebSocket's `https`. */
const isSecure = (scheme: string) => ['https', 'wss'].includes(scheme.toLowerCase())

/** The right-most hop that is not trusted is the client; what stands before it is its own claim and is dropped. */
function behind(request: IncomingMessage, isTrusted: (address: string) => boolean): Forwarded {
  const own = direct(request)
  if (!isTrusted(own.client)) return own
  const { headers } = request
  const claimed = elementsOf(headers['x-forwarded-for'])
  const chain = [own.client]
  while (isTrusted(chain[0] ?? '')) {
    const hop = addressIn(claimed.pop() ?? '')
    if (isIP(hop) === 0) break
    chain.unshift(hop)
  }
  const hops = chain.length - 1
  const proto = isSecure(elementAt(headers['x-forwarded-proto'], hops)) ? 'https' : 'http'
  const named = elementAt(headers['x-forwarded-host'], hops)
  const host = /^[A-Za-z0-9.\-:[\]]+$/.test(named) ? named : own.host
  return complete({ client: chain[0] ?? '', chain: chain.join(', '), proto, host })
}

/**
 * How a request reached the first trusted hop. `proxies` are addresses and CIDR ranges, separated by commas; none
 * by default, and then nobody is believed. Throws StartError for what is neither.
 */
export function createForwarded(proxies: string) {
  const entries = proxies.split(',').map((entry) => entry.trim())
  const named = entries.filter((entry) => entry !== '')
  if (named.length === 0) return direct
  const list = listOf(named)
  const isTrusted = (address: string) => isIP(address) > 0 && list.check(address, family(address))
  return (request: IncomingMessage) => behind(request, isTrusted)
}

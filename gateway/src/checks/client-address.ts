import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, type Socket } from 'node:net'
import { networkOf, plainAddress, StartError } from '@gatehouse/service-kit'
import { type HeaderLines, headerLines } from '../http/header-lines.ts'

/** Bits before the IPv4 address in an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2). */
const mappedBits = 96

/** How the client sent a request to the first trusted proxy (guarantee F17). */
export interface Forwarded {
  /** The client's address. */
  client: string
  /** The client and the trusted hops after it, for `x-forwarded-for`. */
  chain: string
  proto: 'http' | 'https'
  host: string
  /** The key by which the client's requests are counted. */
  network: string
  /** `x-forwarded-*` and `forwarded` for the upstream. */
  lines: HeaderLines
}

type Hop = Omit<Forwarded, 'network' | 'lines'>

/** The last result of a connection: its requests usually name one host. */
const cached = Symbol('forwarded')
type Connection = Socket & { [cached]?: Forwarded }

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Adds an address or a range; an IPv4-mapped one (`::ffff:10.0.0.0/104`) as IPv4. */
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

/** RFC 7239 4: an IPv6 address has brackets, and a value with a colon quotes. */
function forwardedElement({ client, proto, host }: Hop): string {
  const node = client.includes(':') ? `"[${client}]"` : client
  const named = host === '' ? '' : `;host="${host}"`
  return `for=${node}${named};proto=${proto}`
}

function complete(hop: Hop): Forwarded {
  const { client, chain, proto, host } = hop
  // An HTTP/1.0 request may have no Host header.
  const named = host === '' ? [] : ['x-forwarded-host', host]
  const headers = ['x-forwarded-for', chain, 'x-forwarded-proto', proto, ...named]
  const lines = headerLines([...headers, 'forwarded', forwardedElement(hop)])
  return { client, chain, proto, host, network: networkOf(client), lines }
}

/** The peer itself: its forwarding headers are ignored. */
function fromPeer({ socket, headers }: IncomingMessage): Forwarded {
  const { host = '' } = headers
  const connection = socket as Connection
  const last = connection[cached]
  if (last?.host === host) return last
  const client = plainAddress(socket.remoteAddress ?? '')
  connection[cached] = complete({ client, chain: client, proto: 'http', host })
  return connection[cached]
}

/** The elements of a list header without empty ones (RFC 9110 5.6.1). */
function elementsOf(header: string | string[] | undefined): string[] {
  const elements = String(header ?? '').split(',')
  return elements.map((element) => element.trim()).filter((element) => element !== '')
}

/** The element of the hop nearest to the client, where each hop has added one: counted from the right. */
function elementAt(header: string | string[] | undefined, hops: number): string {
  const elements = elementsOf(header)
  return elements.at(-Math.max(hops, 1)) ?? elements[0] ?? ''
}

/** An IPv4 address with a port, or an IPv6 address in brackets, with or without one; quoted or not (RFC 7239 6). */
const node =
  /^("?)(?:(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([0-9a-f.]*:[0-9a-f:.]*)\](?::\d{1,5})?)\1$/i

/** The address in an element of `x-forwarded-for`, without its port. */
function addressIn(element: string): string {
  const [, , ipv4, ipv6] = node.exec(element) ?? []
  return plainAddress(ipv4 ?? ipv6 ?? element)
}

/** Some proxies write `wss` for the `https` of a WebSocket. */
const isSecure = (scheme: string) => ['https', 'wss'].includes(scheme.toLowerCase())

/** The right-most hop that is not trusted is the client; the elements before it are its own claim and are dropped. */
function throughProxies(
  request: IncomingMessage,
  isTrusted: (address: string) => boolean
): Forwarded {
  const peer = fromPeer(request)
  if (!isTrusted(peer.client)) return peer
  const { headers } = request
  const claimed = elementsOf(headers['x-forwarded-for'])
  const chain = [peer.client]
  while (isTrusted(chain[0] ?? '')) {
    const hop = addressIn(claimed.pop() ?? '')
    if (isIP(hop) === 0) break
    chain.unshift(hop)
  }
  const hops = chain.length - 1
  const proto = isSecure(elementAt(headers['x-forwarded-proto'], hops)) ? 'https' : 'http'
  const named = elementAt(headers['x-forwarded-host'], hops)
  const host = /^[A-Za-z0-9.\-:[\]]+$/.test(named) ? named : peer.host
  return complete({ client: chain[0] ?? '', chain: chain.join(', '), proto, host })
}

/**
 * Returns the function that finds a request's client. `proxies` are addresses and CIDR ranges of trusted proxies,
 * separated by commas; without any, the peer is the client. Throws StartError for other texts.
 */
export function createForwarded(proxies: string) {
  const entries = proxies.split(',').map((entry) => entry.trim())
  const named = entries.filter((entry) => entry !== '')
  if (named.length === 0) return fromPeer
  const list = listOf(named)
  const isTrusted = (address: string) => isIP(address) > 0 && list.check(address, family(address))
  return (request: IncomingMessage) => throughProxies(request, isTrusted)
}

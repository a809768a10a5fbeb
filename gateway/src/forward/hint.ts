import type { Exchange } from './exchange.ts'
import { publicReference } from './reference.ts'

/**
 * Sends early hints (RFC 8297): the links of an upstream's 103, as the client finds them. Written here because Node
 * takes only links of a form of its own, and drops the others. HTTP/1.0 knows no interim answers, and where the
 * client still awaits another answer there is no place for one.
 */
export function writeHint(exchange: Exchange, link: string | string[]) {
  const { request, response } = exchange
  if (request.httpVersionMinor === 0 || response.headersSent) return
  // Hints are a courtesy: who does not read is sent no more of them (PROMISES F21).
  if (response.socket?.writableNeedDrain) return
  const lines = [link]
    .flat()
    .map((value) => `link: ${publicReference(exchange, 'link', value)}\r\n`)
    .join('')
  response.socket?.write(`HTTP/1.1 103 Early Hints\r\n${lines}\r\n`, 'latin1')
}

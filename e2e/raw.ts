import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { baseUrl } from './base-url.ts'

/** Sends `lines` as they are, and gives the status and the text of what comes back before the connection ends. */
export async function sendRaw(lines: string[], body = '') {
  const { hostname, port, host } = new URL(baseUrl)
  const socket = connect({ host: hostname, port: Number(port || 80) })
  await once(socket, 'connect')
  const all = [lines[0], `host: ${host}`, 'connection: close', ...lines.slice(1), '', body]
  socket.write(all.join('\r\n'))
  const answer = await text(socket)
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]), answer }
}

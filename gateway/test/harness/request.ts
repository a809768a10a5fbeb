import { connectRaw } from './raw-client.ts'

interface Request {
  method?: string
  /** Whole header lines, such as `request-user-id: 1`, sent as they are after `host`. */
  headers?: string[]
  /** Sent with its content-length, unless the headers declare another framing. */
  body?: string | Buffer
  /** The loopback address to connect from. */
  from?: string
}

type Context = { after: (end: () => void) => void }

/** The bytes of one HTTP/1.1 request. */
export function requestBytes(path: string, { method = 'GET', headers = [], body }: Request = {}) {
  const framed = headers.some((line) => /^(content-length|transfer-encoding):/i.test(line))
  const length = body === undefined || framed ? [] : [`content-length: ${Buffer.byteLength(body)}`]
  const lines = [`${method} ${path} HTTP/1.1`, 'host: gateway', ...headers, ...length, '', '']
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), Buffer.from(body ?? '')])
}

/** Sends one request on a connection of its own and gives the whole answer. */
export async function request(t: Context, port: number, path: string, options: Request = {}) {
  const { method = 'GET', from = '127.0.0.1' } = options
  const client = await connectRaw(t, port, { methods: [method], from })
  client.send(requestBytes(path, options))
  const answer = await client.answer()
  client.socket.destroy()
  return answer
}

import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { parseArgs } from 'node:util'
import { StartError } from '@gatehouse/service-kit'

export const usage = `npm run gateway -- explain <METHOD> <path or URL> [--as <caller>] [--header 'name: value']... [--table <file>]

Prints what the gateway would do with a request, without sending anything:
  npm run gateway -- explain GET '/api/users/7?x=1' --as user:7
  --as      anonymous (the default), user:<id>, or <user type>:<id> such as admin:<id>
  --header  a request header; may be repeated
  --table   the route table; gateway/gateway.yml by default`

/** The caller of the request. */
export interface Caller {
  id: string
  type: string
}

export interface Asked {
  method: string
  target: string
  /** null: anonymous, without a token. */
  caller: Caller | null
  /** The request headers, name and value. */
  headers: [name: string, value: string][]
  table: string
}

/** The users service's type of ordinary users. */
const plainType = 'default'

const fail = (message: string) => new StartError(`${message}\n\n${usage}`)

function callerOf(word: string): Caller | null {
  if (word === 'anonymous') return null
  const [, type, id] = /^([a-z][a-z0-9_-]*):(.+)$/.exec(word) ?? []
  if (type === undefined || id === undefined) {
    throw fail(`--as ${word}: a caller is anonymous, user:<id>, or <user type>:<id>.`)
  }
  return { id, type: type === 'user' ? plainType : type }
}

function headerOf(text: string): [string, string] {
  const [, name, value] = /^([^:\s]+):[ \t]*([^\r\n]*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw fail(`--header ${JSON.stringify(text)}: write a header as 'name: value', on one line.`)
  }
  return [name, value]
}

/** A URL: its authority, and its path and query. */
const pasted = /^https?:\/\/([^/?#]*)([^#]*)/i

/** The target and host of a URL, without its fragment. */
function fromUrl(text: string): { target: string; host: string | null } {
  const [, authority, rest = ''] = pasted.exec(text) ?? []
  if (authority === undefined) return { target: text, host: null }
  if (authority.includes('@'))
    throw fail('The URL contains a user and password. Name the caller with --as instead.')
  return { target: rest.startsWith('/') ? rest : `/${rest}`, host: authority }
}

interface Request {
  method: string
  target: string
  /** The host of a pasted URL; null where the target is a path. */
  host: string | null
}

function requestOf(words: string[]): Request {
  const isUrlAlone = words.length === 1 && pasted.test(words[0] ?? '')
  const [method, text, ...rest] = isUrlAlone ? ['GET', ...words] : words
  const { target = undefined, host = null } = text === undefined ? {} : fromUrl(text)
  if (method === undefined || target === undefined) throw fail('Give a method and a path.')
  if (rest.length > 0) throw fail(`Give one request: ${rest.join(' ')} is too much.`)
  if (!/^[A-Z]+$/.test(method))
    throw fail(`${method} is not a method. Write it in upper case, such as GET.`)
  if (!/^[^\s\p{Cc}]+$/u.test(target))
    throw fail('The path contains a space or a control character. Percent-encode it.')
  return { method, target, host }
}

const options = {
  as: { type: 'string', default: 'anonymous' },
  header: { type: 'string', multiple: true, default: [] as string[] },
  table: { type: 'string', default: `${import.meta.dirname}/../../../gateway.yml` },
  help: { type: 'boolean', default: false }
} as const

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw fail((error as Error).message)
  }
}

/** Parses the command line; null for --help. Throws StartError for invalid arguments. */
export function readArguments(args: string[]): Asked | null {
  const { values, positionals } = parse(args)
  if (values.help) return null
  const { as, header, table } = values
  const { method, target, host } = requestOf(positionals)
  const given = header.map(headerOf)
  const hasHost = host === null || given.some(([name]) => name.toLowerCase() === 'host')
  const headers: [string, string][] = hasHost ? given : [['host', host], ...given]
  return { method, target, caller: callerOf(as), headers, table }
}

/** A connection in memory from 127.0.0.1: the client's end, and a function that aborts it. */
export function connect(server: { emit: (event: 'connection', socket: Socket) => boolean }) {
  const [client, side] = duplexPair()
  const socket = Object.assign(side, {
    remoteAddress: '127.0.0.1',
    setTimeout: () => side,
    setNoDelay: () => side,
    setKeepAlive: () => side,
    destroySoon: () => side.end()
  })
  server.emit('connection', socket as unknown as Socket)
  const abort = () => {
    client.destroy()
    side.destroy()
  }
  return { client, abort }
}

/** The bytes of a request; with `authorization` where there is a token. */
export function bytesOf(start: string, headers: readonly [string, string][], token: string | null) {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const lines = [
    ...(hasHost ? [] : ['host: localhost:8001']),
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
    ...headers.map((header) => header.join(': '))
  ]
  return `${[`${start} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`
}

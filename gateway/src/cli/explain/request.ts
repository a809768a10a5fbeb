import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { parseArgs } from 'node:util'
import { StartError } from '@gatehouse/service-kit'

export const usage = `npm run gateway -- explain <METHOD> <path or URL> [--as <caller>] [--header 'name: value']... [--table <file>]

Prints what the gateway would do with a request, without sending anything:
  npm run gateway -- explain GET '/api/users/7?x=1' --as user:7
  --as      anonymous (the default), user:<id>, or <user type>:<id> such as admin:<id>
  --header  a field of the request; may be there several times
  --table   the table, gateway/gateway.yml by default`

/** Who is meant to ask. */
export interface Caller {
  id: string
  type: string
}

export interface Asked {
  method: string
  target: string
  /** null: nobody in particular, without a token. */
  caller: Caller | null
  /** The fields of the request, name and value. */
  headers: [name: string, value: string][]
  table: string
}

/** What the users service calls a user who is nothing else. */
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
    throw fail(`--header ${JSON.stringify(text)}: a field is written 'name: value', on one line.`)
  }
  return [name, value]
}

/** Scheme, then what may be a user, the host, and what is asked of it. */
const pasted = /^https?:\/\/([^/?#]*)([^#]*)/i

/** What a URL from a browser asks for: a fragment stays there, and the host goes into its header. */
function fromUrl(text: string): { target: string; host: string | null } {
  const [, authority, rest = ''] = pasted.exec(text) ?? []
  if (authority === undefined) return { target: text, host: null }
  if (authority.includes('@'))
    throw fail('A URL may have no user and password; a caller is named with --as.')
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
  if (method === undefined || target === undefined) throw fail('A method and a target are needed.')
  if (rest.length > 0) throw fail(`One request at a time; ${rest.join(' ')} is too much.`)
  if (!/^[A-Z]+$/.test(method))
    throw fail(`${method} is no method: they are in capitals, such as GET.`)
  if (!/^[^\s\p{Cc}]+$/u.test(target)) throw fail('The target has a space or a control character.')
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

/** Reads the command line; null where only help is asked for. Throws StartError for what cannot be meant. */
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

/** A connection from this machine that no network is part of: the client's end of it, and a way to break it off. */
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
  const breakOff = () => {
    client.destroy()
    side.destroy()
  }
  return { client, breakOff }
}

/** The bytes of a request; `authorization` stands in it where there is a caller. */
export function bytesOf(line: string, headers: readonly [string, string][], token: string | null) {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const fields = [
    ...(hasHost ? [] : ['host: localhost:8001']),
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
    ...headers.map((field) => field.join(': '))
  ]
  return `${[`${line} HTTP/1.1`, ...fields].join('\r\n')}\r\n\r\n`
}

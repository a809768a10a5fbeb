import { randomUUID } from 'node:crypto'
import type { Ask, Canaries, Client } from './canary.ts'

interface Document {
  paths: Record<string, Record<string, unknown>>
}

/** Every operation that the system says it has, as `GET /api/users/<some id>`; the one that ends the session comes last. */
export async function operationsOf({ ask }: Client): Promise<Pick<Ask, 'method' | 'path'>[]> {
  const { text } = await ask({ method: 'GET', path: '/openapi.json' })
  const { paths } = JSON.parse(text.slice(text.lastIndexOf('\n') + 1)) as Document
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((name) => ['get', 'put', 'post', 'patch', 'delete'].includes(name))
      .map((name) => ({
        method: name.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, randomUUID())
      }))
  )
  const isLast = ({ path }: { path: string }) => Number(path.endsWith('/logout'))
  return operations.toSorted((a, b) => isLast(a) - isLast(b))
}

/** A body with a canary in every field that any route reads, and in some that none does. */
function bodyOf({ password, refresh, mistaken }: Canaries) {
  return {
    username: mistaken,
    password,
    current_password: password,
    new_password: password,
    refresh_token: refresh,
    secret: { deep: [{ password, token: refresh }] }
  }
}

/** What is asked of every operation: what may be asked, and each way of getting it wrong. */
export function waysToAsk(
  { method, path }: Pick<Ask, 'method' | 'path'>,
  canaries: Canaries,
  token: string
) {
  const { query, token: forged, password } = canaries
  const hasBody = method !== 'GET'
  const body = hasBody ? bodyOf(canaries) : undefined
  const header = Buffer.from('{"alg":"HS256","typ":"at+jwt"}').toString('base64url')
  const queried = `${path}?token=${query}&password=${query}`
  const ways: Ask[] = [
    { method, path: queried, body },
    {
      method,
      path,
      body,
      token: `${header}.${Buffer.from(forged).toString('base64url')}.${forged}`
    },
    { method, path, body, headers: { authorization: `Basic ${btoa(`user:${password}`)}` } },
    { method, path: queried, body, token },
    { method, path, body, token },
    { method: 'PROPFIND', path: queried, token }
  ]
  if (!hasBody) return ways
  const type = { 'content-type': `application/x-www-form-urlencoded; was="${query}"` }
  return [
    ...ways,
    { method, path, token, body: `{"password":"${password}",` },
    { method, path, token, body: `password=${password}`, headers: type },
    { method, path, token, body: { password: password.repeat(50_000) } }
  ] satisfies Ask[]
}

/** Requests that no parser takes, with a canary where it stumbles. */
export async function askMalformed({ raw }: Client, { token, password, cookie, query }: Canaries) {
  const host = 'host: localhost'
  const bearer = `authorization: Bearer ${token}`
  await raw('a folded field', ['GET / HTTP/1.1', host, bearer, ` ${password}`])
  await raw('a NUL', ['GET / HTTP/1.1', host, `cookie: ${cookie}\0`])
  await raw('two tokens', ['GET /api/me HTTP/1.1', host, bearer, bearer])
  await raw('two lengths', [
    'POST /api/login HTTP/1.1',
    host,
    'content-length: 1',
    'content-length: 2',
    '',
    password
  ])
  await raw('large fields', ['GET / HTTP/1.1', host, `cookie: ${cookie.repeat(1000)}`])
  await raw('no version', [`GET /?token=${query}`])
  await raw('a dot segment', [`GET /api/../?token=${query} HTTP/1.1`, host, bearer])
  await raw('no HTTP', [`\x16\x03\x01${password}`])
  await raw('a bad chunk', [
    'POST /api/login HTTP/1.1',
    host,
    'transfer-encoding: chunked',
    '',
    password
  ])
  const upgrade = ['connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13']
  const offered = `sec-websocket-protocol: bearer, ${token}`
  await raw('a WebSocket', ['GET /api/orders/live HTTP/1.1', host, ...upgrade, offered])
}

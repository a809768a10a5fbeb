import { baseUrl } from './base-url.ts'

/** A parsed document: what a name leads to is for the test to say. */
export interface Json {
  [name: string]: Json
}

export interface Answer {
  status: number
  headers: Headers
  /** The parsed body; an empty object where it is not JSON. */
  body: Json
  text: string
}

interface Options {
  token?: string | undefined
  body?: unknown
  headers?: Record<string, string>
}

function parse(text: string, type: string | null): Json {
  return /^application\/(problem\+)?json/.test(type ?? '') && text !== '' ? JSON.parse(text) : {}
}

/** Sends one request to the system; `path` starts with a slash. Redirects are not followed. */
export async function call(method: string, path: string, options: Options = {}): Promise<Answer> {
  const { token, body, headers } = options
  const response = await fetch(baseUrl + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  const type = response.headers.get('content-type')
  // A stream of events has no end to wait for.
  const isStream = type === 'text/event-stream'
  const text = isStream ? '' : await response.text()
  if (isStream) await response.body?.cancel()
  return { status: response.status, headers: response.headers, body: parse(text, type), text }
}

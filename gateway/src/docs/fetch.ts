import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Dispatcher, request } from 'undici'

const unzip = promisify(gunzip)

/** The most that a service may say of itself, in bytes: GitHub's API takes 13 MB. */
export const maxDocumentBytes = 16 * 1024 ** 2

/** What came of asking for a document: `unchanged` where the server says that `etag` is still right. */
export type Fetched = 'unchanged' | { bytes: Buffer; etag: string | null }

interface Options {
  url: string
  etag: string | null
  timeoutMs: number
  /** Of the document itself, also where it comes compressed. */
  maxBytes: number
  dispatcher?: Dispatcher | undefined
  /** Ends the request early. */
  signal?: AbortSignal | undefined
}

type Answer = Awaited<ReturnType<typeof request>>

const tooLarge = (maxBytes: number) => new Error(`is larger than ${maxBytes} bytes`)
const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

async function read(body: Answer['body'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function decode(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw new Error(`is encoded as ${encoding}`)
  return unzip(bytes, { maxOutputLength: maxBytes }).catch((error) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : new Error('is no valid gzip')
  })
}

/** Why an answer holds no document, or null where it may. */
function faultOf({ statusCode, headers }: Answer): string | null {
  if (statusCode >= 300 && statusCode < 400) return 'is a redirect, which is not followed'
  if (statusCode !== 200) return `has status ${statusCode}`
  const type = (first(headers['content-type']) ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return /^application\/([a-z0-9.+-]+\+)?json$/.test(type)
    ? null
    : `is ${type || 'untyped'}, not JSON`
}

/**
 * Asks a service for its document, once, within `timeoutMs` from start to end. Throws an error that says in
 * a few words what the answer is, where it is anything but a document of at most `maxBytes`.
 */
export async function fetchDocument(options: Options): Promise<Fetched> {
  const { url, etag, timeoutMs, maxBytes, dispatcher } = options
  const headers = {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    ...(etag !== null && { 'if-none-match': etag })
  }
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  const answer = await request(url, { headers, signal, ...(dispatcher && { dispatcher }) })
  const { statusCode, body } = answer
  try {
    if (statusCode === 304 && etag !== null) return 'unchanged'
    const fault = faultOf(answer)
    if (fault) throw new Error(fault)
    const encoding = (first(answer.headers['content-encoding']) ?? 'identity').toLowerCase()
    const bytes = await decode(await read(body, maxBytes), encoding, maxBytes)
    return { bytes, etag: first(answer.headers.etag) ?? null }
  } finally {
    // What is left of an answer that is not wanted must not hold the connection.
    body.on('error', () => {}).destroy()
  }
}

/** Why a document could not be had, in a few words that name no address. */
export function reasonOf(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') return 'did not come in time'
  return code === undefined ? message : `could not be fetched (${code})`
}

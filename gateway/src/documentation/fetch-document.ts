import { createHash } from 'node:crypto'
import { pipeline, type Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { Agent } from 'undici'

/** The most that a service may say of itself, in bytes: GitHub's API takes 13 MB. */
export const maxDocumentBytes = 16 * 1024 ** 2

/** What came of asking for a document: `unchanged` where the server says that `etag` is still right. */
export type Fetched = 'unchanged' | Document

/** A document as it came. */
export interface Document {
  /** Shared with the thread that reads it: nothing of it is copied on the way there. */
  bytes: Uint8Array
  /** SHA-256, in base64url. */
  hash: string
  etag: string | null
  /** Whether its media type lets it be YAML. */
  yaml: boolean
}

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

/** For a caller without a pool. */
const shared = new Agent()

type Answer = Dispatcher.ResponseData

const tooLarge = (maxBytes: number) =>
  new Error(`The document is larger than ${maxBytes} bytes. Make it smaller.`)
const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

/** Reads in small steps, and lets requests go first: what takes long at once is felt by each that is forwarded meanwhile. */
async function read(body: Readable, maxBytes: number): Promise<Pick<Document, 'bytes' | 'hash'>> {
  const shared = new SharedArrayBuffer(0, { maxByteLength: maxBytes })
  const bytes = new Uint8Array(shared)
  const hash = createHash('sha256')
  for await (const piece of body as AsyncIterable<Buffer>) {
    const start = bytes.length
    if (start + piece.length > maxBytes) throw tooLarge(maxBytes)
    shared.grow(start + piece.length)
    bytes.set(piece, start)
    hash.update(piece)
    await setImmediate()
  }
  return { bytes, hash: hash.digest('base64url') }
}

function decoded(body: Readable, encoding: string): Readable {
  if (encoding === 'identity') return body
  if (encoding !== 'gzip')
    throw new Error(`The response is encoded as ${encoding}. Serve it plain or as gzip.`)
  // An error of either ends both, and is met where the bytes are read.
  return pipeline(body, createGunzip(), () => {})
}

const json = /^(application|text)\/([a-z0-9.+-]+\+)?json$/
/** YAML by all its names (RFC 9512), and types that say nothing of a text. */
const other =
  /^((application|text)\/(x-|vnd\.|[a-z0-9.+-]+\+)?yaml|text\/plain|application\/octet-stream|)$/

const typeOf = (headers: Answer['headers']) =>
  (first(headers['content-type']) ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/** Why an answer holds no document, or null where it may. */
function mismatchOf({ statusCode, headers }: Answer): string | null {
  if (statusCode >= 300 && statusCode < 400)
    return 'The response is a redirect, which is not followed. Name the final path in gateway.yml.'
  if (statusCode !== 200)
    return `The response has status ${statusCode}. Serve the document with 200.`
  const type = typeOf(headers)
  return json.test(type) || other.test(type) ? null : `The response is ${type}. Serve JSON or YAML.`
}

/**
 * Asks a service for its document, once, within `timeoutMs` from start to end. Throws an error that says in
 * a few words what the answer is, where it is anything but a document of at most `maxBytes`.
 */
export async function fetchDocument(options: Options): Promise<Fetched> {
  const { url, etag, timeoutMs, maxBytes, dispatcher = shared } = options
  const headers = {
    accept: 'application/json, application/yaml;q=0.9, */*;q=0.1',
    'accept-encoding': 'gzip',
    ...(etag !== null && { 'if-none-match': etag })
  }
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  const { origin, pathname, search } = new URL(url)
  const path = pathname + search
  const answer = await dispatcher.request({ origin, path, method: 'GET', headers, signal })
  const { statusCode, body } = answer
  try {
    if (statusCode === 304 && etag !== null) return 'unchanged'
    const message = mismatchOf(answer)
    if (message) throw new Error(message)
    if (Number(first(answer.headers['content-length'])) > maxBytes) throw tooLarge(maxBytes)
    const encoding = (first(answer.headers['content-encoding']) ?? 'identity').toLowerCase()
    const document = await read(decoded(body, encoding), maxBytes)
    const yaml = !json.test(typeOf(answer.headers))
    return { ...document, yaml, etag: first(answer.headers.etag) ?? null }
  } finally {
    // What is left of an answer that is not wanted must not hold the connection.
    body.on('error', () => {}).destroy()
  }
}

/** A file beside a document, by its path on the host of the service. */
export interface BesideFile {
  path: string
  bytes: Uint8Array
  yaml: boolean
}

/** A document with the files that it refers to; the hash is of all of them. */
export interface WholeDocument extends Document {
  /** The hash of the document alone. */
  ownHash: string
  files: readonly BesideFile[]
}

const maxFiles = 20

/** The files that can be had; together with what came before they are at most `maxBytes`. */
async function fetchFiles(paths: readonly string[], options: Options) {
  let left = options.maxBytes
  const files: (Document & { path: string })[] = []
  for (const path of paths.slice(0, maxFiles)) {
    const url = new URL(options.url).origin + path
    // One that cannot be had is a finding of the document that refers to it.
    const file = await fetchDocument({ ...options, url, etag: null, maxBytes: left }).catch(
      () => null
    )
    if (file === null || file === 'unchanged') continue
    left -= file.bytes.length
    files.push({ ...file, path })
  }
  return files
}

/** Adds files to a document that was fetched; in the order of `paths`. */
export async function withFetchedFiles(
  document: Document & { ownHash?: string },
  paths: readonly string[],
  options: Options
): Promise<WholeDocument> {
  const files = await fetchFiles(paths, options)
  const { ownHash = document.hash } = document
  if (files.length === 0) return { ...document, ownHash, files }
  const hash = createHash('sha256').update(ownHash)
  for (const file of files) hash.update(file.path + file.hash)
  return { ...document, ownHash, files, hash: hash.digest('base64url'), etag: null }
}

/** Why a document could not be had, in a few words that name no address. */
export function reasonOf(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError')
    return 'The document does not arrive in time. Check that the service runs.'
  if (code?.startsWith('Z_'))
    return 'The response is not valid gzip. Check how the service compresses.'
  return code === undefined
    ? message
    : `The document cannot be fetched (${code}). Check that the service runs.`
}

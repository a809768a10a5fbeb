import { createHash } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { DefaultSerializer, Deserializer } from 'node:v8'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { createFindings, type Finding } from '@gatehouse/openapi/findings'
import { isObject, objectIn } from '@gatehouse/openapi/json'
import { refusalOf, validate } from '@gatehouse/openapi/validate'
import { stringify } from 'yaml'
import { merge, type Options, type Source } from '../openapi/merge.ts'
import type { Table } from '../route-table/types.ts'

/** A service's document as it came, piece by piece. */
export interface Arrival {
  name: string
  pieces: readonly Uint8Array[]
}

/** A service's document as it is kept: as it came, but compressed (zstd). */
export interface Part {
  name: string
  packed: Uint8Array
  /** Since when (ISO 8601) the service could not be asked again; absent where it answers. */
  staleSince?: string
}

/** A text to serve, compressed (zstd, RFC 8878) as it is kept for long, with the strong etag of its plain form. */
export interface Text {
  packed: Uint8Array
  etag: string
}

/** What is done in another process than the one that forwards, by name: what it takes, and what it gives. */
export interface Jobs {
  /** What is wrong with a document, the version that it names, and the document to keep: null where it cannot be used at all. */
  inspect: {
    takes: { table: Table; arrival: Arrival }
    gives: { packed: Uint8Array | null; findings: readonly Finding[]; version: string | null }
  }
  merge: {
    takes: { table: Table; parts: readonly Part[]; options: Options }
    gives: Text & { findings: readonly Finding[] }
  }
  /** A packed document of JSON, written as YAML. */
  yaml: { takes: Uint8Array; gives: Text }
}

export type Name = keyof Jobs

/** Writes bytes by their number among `pieces`: they are sent as they are, not copied. */
class Packer extends DefaultSerializer {
  readonly pieces: Uint8Array[] = []

  _writeHostObject(bytes: Uint8Array) {
    this.writeUint32(this.pieces.push(bytes) - 1)
  }
}

class Unpacker extends Deserializer {
  readonly #pieces: readonly Uint8Array[]

  constructor(head: Uint8Array, pieces: readonly Uint8Array[]) {
    super(head)
    this.#pieces = pieces
  }

  _readHostObject() {
    return this.#pieces[this.readUint32()]
  }
}

function lengthsOf(pieces: readonly Uint8Array[]): Buffer {
  const lengths = Buffer.alloc(4 * (pieces.length + 1))
  for (const [i, { length }] of [pieces, ...pieces].entries()) lengths.writeUInt32LE(length, 4 * i)
  return lengths
}

/**
 * Writes what can be cloned to another process: how many pieces follow, how long each is (in bytes, 32 bits each), and
 * the pieces, of which the first is the message without its bytes. Nothing is copied that is large, as the built-in
 * channel between processes does: 25 ms for 5 MB, which every request under way would have to wait.
 */
export function send(to: Writable, message: unknown) {
  const packer = new Packer()
  packer.writeHeader()
  packer.writeValue(message)
  const pieces = [packer.releaseBuffer(), ...packer.pieces]
  for (const piece of [lengthsOf(pieces), ...pieces]) to.write(piece)
}

/** Gives the next so many bytes of a stream, or null where it ends before. */
function createReader(from: Readable) {
  const chunks = from[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let rest: Buffer = Buffer.alloc(0)

  return async function take(length: number): Promise<Buffer | null> {
    const taken = Buffer.allocUnsafeSlow(length)
    for (let at = 0; at < length; ) {
      if (rest.length === 0) {
        const { value, done } = await chunks.next()
        if (done) return null
        rest = value
      }
      const copied = rest.copy(taken, at)
      rest = rest.subarray(copied)
      at += copied
    }
    return taken
  }
}

/** Gives each message that `send` wrote at the other end, until the stream ends, be it in the middle of one. */
export async function* received(from: Readable): AsyncGenerator<unknown, void> {
  const take = createReader(from)
  for (let count = await take(4); count; count = await take(4)) {
    const pieces: Buffer[] = []
    const lengths = await take(4 * count.readUInt32LE())
    for (let at = 0; lengths && at < lengths.length; at += 4) {
      const piece = await take(lengths.readUInt32LE(at))
      if (piece === null) return
      pieces.push(piece)
    }
    const [head, ...others] = pieces
    if (head === undefined) return
    const unpacker = new Unpacker(head, others)
    unpacker.readHeader()
    yield unpacker.readValue()
  }
}

type Work = { [N in Name]: (taken: Jobs[N]['takes']) => Jobs[N]['gives'] }

const decoder = new TextDecoder()

function render(text: string): Text {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 27)
  return { packed: zstdCompressSync(text), etag: `"${hash}"` }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

const unpacked = (packed: Uint8Array): unknown =>
  JSON.parse(decoder.decode(zstdDecompressSync(packed)))

/** Merges a document with no other: what fails then is the fault of nobody else. */
function tryAlone(table: Table, name: string, document: unknown): string | null {
  try {
    merge(table, new Map([[name, { document }]]), { title: '' })
    return null
  } catch (error) {
    return `cannot be merged: ${(error as Error).message}`
  }
}

function inspect({ table, arrival }: Jobs['inspect']['takes']): Jobs['inspect']['gives'] {
  const { name, pieces } = arrival
  const { report, all } = createFindings(name)
  const bytes = Buffer.concat(pieces)
  const document = parsed(bytes)
  const refusal =
    document === undefined ? { trail: null, fault: 'is not JSON' } : refusalOf(document)
  if (refusal !== null) report('error', refusal.trail, refusal.fault)
  if (refusal !== null || !isObject(document))
    return { packed: null, findings: all(), version: null }
  validate(document, report)
  const fault = tryAlone(table, name, document)
  if (fault !== null) report('error', null, fault)
  const { version } = objectIn(document.info)
  return {
    packed: fault === null ? zstdCompressSync(bytes) : null,
    findings: all(),
    version: typeof version === 'string' ? version : null
  }
}

function mergeParts({ table, parts, options }: Jobs['merge']['takes']): Jobs['merge']['gives'] {
  const sources = parts.map(({ name, packed, staleSince }): [string, Source] => {
    const document = unpacked(packed)
    return [name, { document, ...(staleSince !== undefined && { staleSince }) }]
  })
  const { document, findings } = merge(table, new Map(sources), options)
  return { ...render(JSON.stringify(document)), findings }
}

function yaml(packed: Uint8Array): Text {
  const document = unpacked(packed)
  // No anchors: many readers of OpenAPI do not know them. YAML 1.1 readers take `no` for false.
  return render(
    stringify(document, { aliasDuplicateObjects: false, compat: 'yaml-1.1', lineWidth: 0 })
  )
}

/** What the worker does, each from what it is given alone. */
export const work: Work = { inspect, merge: mergeParts, yaml }

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { isObject, type Json, parseJson, writeJson } from '@gatehouse/openapi/json'
import { refusalOf } from '@gatehouse/openapi/validate'
import { StartError } from '@gatehouse/service-kit'
import { fetchDocument, maxDocumentBytes } from '../../documentation/fetch-document.ts'
import { parsed } from '../../documentation/merge-jobs.ts'
import { introduction } from '../../documentation/page.ts'
import { merge, type Source } from '../../openapi/merge.ts'
import type { Service, Table } from '../../route-table/types.ts'

/** The document that the gateway makes of these services' documents, without the demo accounts. */
export function publicDocument(table: Table, documents: ReadonlyMap<string, Json>): Json {
  const sources = new Map(
    [...documents].map(([name, document]): [string, Source] => [name, { document }])
  )
  const description = introduction(table, { demo: false })
  return merge(table, sources, { title: 'Gatehouse', description }).document
}

const timeoutMs = 5000

export type Described = Service & { openapi: string }

/** The services with a document. */
export function describedServices(services: readonly Service[]): Described[] {
  return services.filter((service): service is Described => service.openapi !== null)
}

/** Fetches a service's document within 5 s; throws an error with a short reason. */
export async function fetchServiceDocument(url: string): Promise<Json> {
  const fetched = await fetchDocument({ url, etag: null, timeoutMs, maxBytes: maxDocumentBytes })
  if (fetched === 'unchanged')
    throw new Error('The service answers 304 without a reason. Check the service.')
  const document = parsed(Buffer.from(fetched.bytes).toString(), fetched.yaml)
  const refusal = refusalOf(document)
  if (refusal !== null) throw new Error(refusal.message)
  return document as Json
}

const startTimeoutMs = 30_000
const serviceFolderOf = (name: string) => join(import.meta.dirname, '../../../../services', name)

/** Whether a service's code is in this repository. */
export const isOwn = ({ name }: Described) => existsSync(join(serviceFolderOf(name), 'src/main.ts'))

/** Starts the service on a free port, without a database. */
function start({ name }: Described) {
  const env = {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'info',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    INTERNAL_SECRET: randomBytes(32).toString('base64url')
  }
  const cwd = serviceFolderOf(name)
  return spawn(process.execPath, ['src/main.ts'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function addressOf(child: ReturnType<typeof start>, name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const errors = text(child.stderr)
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const address = /listening at (http:\/\/[^"]+)/.exec(line)?.[1]
    if (address !== undefined) resolve(address)
  })
  child.on('error', reject)
  child.on('exit', async (code) => {
    reject(
      new StartError(`services/${name} ended with ${code} before it listened:\n${await errors}`)
    )
  })
  return promise.finally(() => clearTimeout(timer))
}

/** The document of a service of this repository, which is started for it without a database. */
export async function documentOf(service: Described): Promise<Json> {
  const child = start(service)
  const ended = once(child, 'exit')
  try {
    return await fetchServiceDocument((await addressOf(child, service.name)) + service.openapi)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/** The snapshot of the public document. */
export const publicName = 'openapi'

/** The default folder of a table's snapshots. */
export const folderOf = (table: string) => join(dirname(table), 'snapshots')

const fileOf = (folder: string, name: string) => join(folder, `${name}.json`)

/** Whether a folder has snapshots. */
export const hasSnapshots = (folder: string) => existsSync(fileOf(folder, publicName))

/** A snapshot, or null where there is none. Throws StartError where it is not a JSON object. */
export function readSnapshot(folder: string, name: string): Json | null {
  const file = fileOf(folder, name)
  if (!existsSync(file)) return null
  try {
    const document: unknown = parseJson(readFileSync(file, 'utf8'))
    if (isObject(document)) return document
  } catch (cause) {
    throw new StartError(`${file} is not JSON; npm run generate writes it.`, { cause })
  }
  throw new StartError(`${file} is not a JSON object; npm run generate writes it.`)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]))
}

/** A document as a snapshot: its keys are sorted, so that equal documents have equal texts. */
export function textOf(document: Json): string {
  return `${writeJson(sorted(document), 2)}\n`
}

/** Writes a snapshot; returns whether it changed. */
export function writeSnapshot(folder: string, name: string, document: Json): boolean {
  const text = textOf(document)
  const file = fileOf(folder, name)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, text)
  return true
}

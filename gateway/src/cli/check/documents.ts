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

/** The document that the gateway serves of these services' documents, where there are no demo accounts. */
export function publicDocument(table: Table, documents: ReadonlyMap<string, Json>): Json {
  const sources = new Map(
    [...documents].map(([name, document]): [string, Source] => [name, { document }])
  )
  const description = introduction(table, { demo: false })
  return merge(table, sources, { title: 'Gatehouse', description }).document
}

const timeoutMs = 5000

export type Described = Service & { openapi: string }

/** The services that say where their document is. */
export function describedServices(services: readonly Service[]): Described[] {
  return services.filter((service): service is Described => service.openapi !== null)
}

/** The document that a service answers at `url`; throws in a few words where there is none, within 5 s. */
export async function askFor(url: string): Promise<Json> {
  const fetched = await fetchDocument({ url, etag: null, timeoutMs, maxBytes: maxDocumentBytes })
  if (fetched === 'unchanged') throw new Error('is not there')
  const document = parsed(Buffer.from(fetched.bytes).toString(), fetched.yaml)
  const refusal = refusalOf(document)
  if (refusal !== null) throw new Error(refusal.fault)
  return document as Json
}

const patienceMs = 30_000
const serviceFolderOf = (name: string) => join(import.meta.dirname, '../../../../services', name)

/** Whether a service of the table is one of this project's. */
export const isOwn = ({ name }: Described) => existsSync(join(serviceFolderOf(name), 'src/main.ts'))

/** A process of the service that listens on a free port, and can reach no database. */
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
  const complaints = text(child.stderr)
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const address = /listening at (http:\/\/[^"]+)/.exec(line)?.[1]
    if (address !== undefined) resolve(address)
  })
  child.on('error', reject)
  child.on('exit', async (code) => {
    reject(
      new StartError(`services/${name} ended with ${code} before it listened:\n${await complaints}`)
    )
  })
  return promise.finally(() => clearTimeout(timer))
}

/** The document of a service of this project, as its code is now: it is started for that alone, without a database. */
export async function documentOf(service: Described): Promise<Json> {
  const child = start(service)
  const ended = once(child, 'exit')
  try {
    return await askFor((await addressOf(child, service.name)) + service.openapi)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/** What the combined document is called among the snapshots. */
export const publicName = 'openapi'

/** The folder of the snapshots that belong to a table. */
export const folderOf = (table: string) => join(dirname(table), 'snapshots')

const fileOf = (folder: string, name: string) => join(folder, `${name}.json`)

/** Whether there are snapshots at all. */
export const hasSnapshots = (folder: string) => existsSync(fileOf(folder, publicName))

/** The committed document of a service, or the public one; null where there is none. Throws where it is no document. */
export function readSnapshot(folder: string, name: string): Json | null {
  const file = fileOf(folder, name)
  if (!existsSync(file)) return null
  try {
    const document: unknown = parseJson(readFileSync(file, 'utf8'))
    if (isObject(document)) return document
  } catch (cause) {
    throw new StartError(`${file} is not JSON; npm run generate writes it.`, { cause })
  }
  throw new StartError(`${file} is no document; npm run generate writes it.`)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]))
}

/** A document as it is kept: its keys in order, so that two of one meaning are one text. */
export function textOf(document: Json): string {
  return `${writeJson(sorted(document), 2)}\n`
}

/** Keeps a document; says whether that changed anything. */
export function writeSnapshot(folder: string, name: string, document: Json): boolean {
  const text = textOf(document)
  const file = fileOf(folder, name)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, text)
  return true
}

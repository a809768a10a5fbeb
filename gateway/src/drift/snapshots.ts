import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartError } from '@gatehouse/service-kit'
import { isObject, type Json } from '../docs/json.ts'

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
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isObject(document)) return document
  } catch (cause) {
    throw new StartError(`${file} is not JSON; npm run docs:snapshot writes it.`, { cause })
  }
  throw new StartError(`${file} is no document; npm run docs:snapshot writes it.`)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]))
}

/** A document as it is kept: its keys in order, so that two of one meaning are one text. */
export function textOf(document: Json): string {
  return `${JSON.stringify(sorted(document), null, 2)}\n`
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

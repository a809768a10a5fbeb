import { parseArgs } from 'node:util'
import { reportOf } from '@gatehouse/openapi/change'
import { changesBetween } from '@gatehouse/openapi/document-diff'
import type { Json } from '@gatehouse/openapi/json'
import { StartError } from '@gatehouse/service-kit'
import { reasonOf } from '../documentation/fetch-document.ts'
import { accessChanges } from '../openapi/policy-diff.ts'
import { loadTable } from '../route-table/load.ts'
import {
  type Described,
  describedServices,
  documentOf,
  fetchServiceDocument,
  folderOf,
  isOwn,
  publicDocument,
  publicName,
  readSnapshot,
  writeSnapshot
} from './check/documents.ts'
import type { Printed } from './commands.ts'

const usage = `npm run gateway -- snapshot [--running] [--accept-breaking]

Writes gateway/snapshots: the document of each service, and the public document that the gateway makes of them.
  --running          fetches the documents of the running services; otherwise each services/<name> is started
  --accept-breaking  writes even where the public document breaks callers

Example: npm run generate -- --accept-breaking writes the snapshots, and what is made of them`

const file = `${import.meta.dirname}/../../gateway.yml`

function argumentsOf(args: string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args, options: { running: flag, help: flag, 'accept-breaking': flag } })
      .values
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`)
  }
}

async function read(service: Described, running: boolean): Promise<[string, Json]> {
  const { name, origin, openapi } = service
  const url = origin + openapi
  if (!running && isOwn(service)) return [name, await documentOf(service)]
  try {
    return [name, await fetchServiceDocument(url)]
  } catch (cause) {
    throw new StartError(`${name} at ${url}: ${reasonOf(cause)}`, { cause })
  }
}

/** Throws where the new public document breaks callers of the committed one. */
function refuseBreaks(folder: string, now: Json) {
  const before = readSnapshot(folder, publicName)
  const changes = before === null ? [] : changesBetween(before, now, accessChanges)
  const breaking = changes.filter(({ severity }) => severity === 'breaking')
  if (breaking.length === 0) return
  const how = 'Nothing was written. To accept that: npm run generate -- --accept-breaking'
  throw new StartError(`${reportOf(breaking)}\n${how}`)
}

/** `npm run gateway -- snapshot`: keeps what the services and the gateway say of themselves, for reviews and `check`. */
export async function writeSnapshots(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const { running, help, 'accept-breaking': accepted } = argumentsOf(args)
  if (help) return { text: `${usage}\n`, exitCode: 0 }
  const table = loadTable(file, env)
  const folder = folderOf(file)
  const asked = describedServices(table.services).map((service) => read(service, running))
  const documents = new Map(await Promise.all(asked))
  const combined = publicDocument(table, documents)
  if (!accepted) refuseBreaks(folder, combined)
  const lines = [...documents, [publicName, combined] as const].map(([name, document]) => {
    const written = writeSnapshot(folder, name, document) ? 'written' : 'unchanged'
    return `gateway/snapshots/${name}.json: ${written}\n`
  })
  return { text: lines.join(''), exitCode: 0 }
}

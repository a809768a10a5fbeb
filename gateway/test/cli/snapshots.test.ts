import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  describedServices,
  documentOf,
  folderOf,
  publicDocument,
  readSnapshot,
  textOf
} from '../../src/cli/check/documents.ts'
import { loadTable } from '../../src/route-table/load.ts'

const file = join(import.meta.dirname, '../../gateway.yml')
const table = loadTable(file, {})
const folder = folderOf(file)
const services = describedServices(table.services)

const stale = (name: string) =>
  `gateway/snapshots/${name}.json is not what is documented now; look at: npm run generate`

for (const service of services) {
  test(`the snapshot of ${service.name} is the document of its code`, async () => {
    const document = await documentOf(service)

    const kept = await readFile(join(folder, `${service.name}.json`), 'utf8')
    assert.ok(kept === textOf(document), stale(service.name))
  })
}

test('the public snapshot is what the table makes of the services’ snapshots', async () => {
  const documents = services.map(({ name }) => [name, readSnapshot(folder, name) ?? {}] as const)

  const combined = publicDocument(table, new Map(documents))

  const kept = await readFile(join(folder, 'openapi.json'), 'utf8')
  assert.ok(kept === textOf(combined), stale('openapi'))
})

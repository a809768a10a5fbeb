import { introduction } from '../docs/intro.ts'
import type { Json } from '../docs/json.ts'
import { merge, type Source } from '../docs/merge.ts'
import type { Table } from '../table/route.ts'

/** The document that the gateway serves of these services' documents, where there are no demo accounts. */
export function publicDocument(table: Table, documents: ReadonlyMap<string, Json>): Json {
  const sources = new Map(
    [...documents].map(([name, document]): [string, Source] => [name, { document }])
  )
  const description = introduction(table, { demo: false })
  return merge(table, sources, { title: 'Gatehouse', description }).document
}

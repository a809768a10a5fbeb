import { buildOrdersApp } from '../../../../services/orders/src/app.ts'
import { buildUsersApp } from '../../../../services/users/src/app.ts'
import { introduction } from '../../../src/documentation/page.ts'
import { merge } from '../../../src/openapi/merge.ts'
import { loadTable } from '../../../src/route-table/load.ts'

const root = `${import.meta.dirname}/../../../..`
// Nothing is asked of a store or a database while a service describes itself.
const idle = { isReady: () => true, check: async () => {}, listen: () => {} }

async function documentOf(app: ReturnType<typeof buildUsersApp | typeof buildOrdersApp>) {
  const response = await app.inject('/openapi.json')
  await app.close()
  return response.json()
}

/** The documents of the services of this system, as the running ones give them. */
export async function systemDocuments() {
  const deps = {
    store: {},
    stores: {},
    database: idle,
    verify: () => null,
    logLevel: 'silent'
  } as never
  return {
    users: await documentOf(buildUsersApp(deps)),
    orders: await documentOf(buildOrdersApp(deps))
  }
}

/** The combined document of this system, by `gateway.yml`. */
export async function systemDocument() {
  const table = loadTable(`${root}/gateway/gateway.yml`, {})
  const documents = Object.entries(await systemDocuments())
  const sources = new Map(documents.map(([name, document]) => [name, { document }]))
  const options = { title: 'Gatehouse', description: introduction(table, { demo: true }) }
  return merge(table, sources, options)
}

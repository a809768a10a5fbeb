import { main } from '@gatehouse/service-kit'
import { loadTable } from './table/load.ts'

/** `npm run gateway:check [file]`: tells every mistake of a table, and changes nothing. */
await main(async () => {
  const file = process.argv[2] ?? `${import.meta.dirname}/../gateway.yml`
  const { routes, services } = loadTable(file, process.env)
  process.stdout.write(
    `${file}: ${routes.length} routes to ${services.length} services, all fine.\n`
  )
})

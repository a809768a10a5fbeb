import { main } from '@gatehouse/service-kit'
import { loadTable } from '../route-table/load.ts'
import { markdownOf, matrixOf } from './matrix/access-matrix.ts'

const legend = `
pass: on to the service, which may still refuse. user, owner: signed in, of a type that no line names.
`

/** `npm run gateway:matrix [file]`: prints who may do what, as Markdown, from the table alone. */
await main(async () => {
  const table = loadTable(
    process.argv[2] ?? `${import.meta.dirname}/../../gateway.yml`,
    process.env
  )
  process.stdout.write(markdownOf(matrixOf(table)))
  process.stdout.write(legend)
  for (const { from, to } of table.aliases)
    process.stdout.write(`What holds for ${to} holds for ${from}.\n`)
})

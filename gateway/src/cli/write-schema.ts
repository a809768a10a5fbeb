import { writeFileSync } from 'node:fs'
import { TableFile } from '../route-table/schema.ts'

/** `npm run gateway:schema`: writes what editors are told from what the loader checks. */
const file = `${import.meta.dirname}/../../gateway.schema.json`
writeFileSync(file, `${JSON.stringify(TableFile, null, 2)}\n`)

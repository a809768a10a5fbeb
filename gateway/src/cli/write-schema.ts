import { writeFileSync } from 'node:fs'
import { editorSchema } from '../route-table/editor-schema.ts'
import { loadTable } from '../route-table/load.ts'
import type { Printed } from './commands.ts'

const folder = `${import.meta.dirname}/../..`

/** `npm run gateway -- schema`: writes the schema for editors from the schema of the loader and the names of the table. */
export async function writeEditorSchema(_args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const schema = editorSchema(loadTable(`${folder}/gateway.yml`, env))
  writeFileSync(`${folder}/gateway.schema.json`, `${JSON.stringify(schema, null, 2)}\n`)
  return { text: 'gateway/gateway.schema.json: written\n', exitCode: 0 }
}

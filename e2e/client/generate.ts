import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTypeScript, { astToString } from 'openapi-typescript'

const document = join(import.meta.dirname, '../../gateway/snapshots/openapi.json')

export const schemaFile = join(import.meta.dirname, 'schema.ts')

const heading = `// Made by npm run generate from gateway/snapshots/openapi.json; not for editing.
`

/** The types of the public API, as TypeScript, made of the committed document. */
export async function generate(): Promise<string> {
  const parsed = JSON.parse(readFileSync(document, 'utf8'))
  // A field with a default may be left out of a request.
  const nodes = await openapiTypeScript(parsed, { defaultNonNullable: false })
  return heading + astToString(nodes)
}

/** A step of `npm run generate`: writes the types that the e2e suite calls the API with. */
if (import.meta.main) writeFileSync(schemaFile, await generate())

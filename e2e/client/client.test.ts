import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { generate, schemaFile } from './generate.ts'

test('the client is made of the public document as it is committed', async () => {
  const committed = await readFile(schemaFile, 'utf8')

  const made = await generate()

  assert.ok(
    committed === made,
    'e2e/client/schema.ts is not what it should be; run: npm run generate'
  )
})

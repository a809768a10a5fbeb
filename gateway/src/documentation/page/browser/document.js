/** @import { ApiDocument, Parameter } from './types.d.ts' */

/**
 * Swagger UI fills inputs with examples. Optional parameters start empty: a reader does not mean to send the
 * idempotency key or the filter of an example.
 * @param {Parameter | undefined} parameter
 */
function clearExamples(parameter) {
  if (!parameter || parameter.required || parameter.in === 'path') return
  for (const holder of [parameter, parameter.schema ?? {}]) {
    delete holder.example
    delete holder.examples
  }
}

/**
 * Prepares a document for the page; changes it.
 * @param {ApiDocument} api
 */
export function prepare(api) {
  for (const item of Object.values(api.paths)) {
    for (const operation of Object.values(item)) {
      for (const parameter of operation.parameters ?? []) clearExamples(parameter)
    }
  }
  for (const parameter of Object.values(api.components?.parameters ?? {})) clearExamples(parameter)
  return api
}

/**
 * Fetches the public document. Throws an error with a message for the reader.
 * @returns {Promise<{ api: ApiDocument, etag: string }>} with the etag of its plain form
 */
export async function loadDocument() {
  const response = await fetch('/openapi.json')
  if (!response.ok)
    throw new Error(`The gateway answered openapi.json with status ${response.status}.`)
  const etag = (response.headers.get('etag') ?? '').replace(/-(?:br|gzip)"$/, '"')
  return { api: prepare(await response.json()), etag }
}

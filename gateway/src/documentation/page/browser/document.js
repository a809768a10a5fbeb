/** @import { ApiDocument, Parameter } from './types.d.ts' */

/** The paragraph that tells the policy to readers of other tools; the page tells it in a table. */
const policyParagraph = /(?:^|\n\n)\*\*Who:\*\*[^\n]*$/

/**
 * Swagger UI fills fields with examples. What may be left out starts empty: nobody means to send the
 * idempotency key or the filter of an example.
 * @param {Parameter | undefined} parameter
 */
function emptied(parameter) {
  if (!parameter || parameter.required || parameter.in === 'path') return
  for (const holder of [parameter, parameter.schema ?? {}]) {
    delete holder.example
    delete holder.examples
  }
}

/**
 * Fits a document to what the page shows; changes it.
 * @param {ApiDocument} api
 */
export function prepare(api) {
  for (const item of Object.values(api.paths)) {
    for (const operation of Object.values(item)) {
      const { description, parameters = [] } = operation
      if (description) operation.description = description.replace(policyParagraph, '')
      for (const parameter of parameters) emptied(parameter)
    }
  }
  for (const parameter of Object.values(api.components?.parameters ?? {})) emptied(parameter)
  return api
}

/**
 * Fetches the combined document. Throws an error for people where there is none.
 * @returns {Promise<{ api: ApiDocument, etag: string }>} with the etag of its plain form
 */
export async function loadDocument() {
  const response = await fetch('/openapi.json')
  if (!response.ok) throw new Error(`openapi.json could not be read (status ${response.status}).`)
  const etag = (response.headers.get('etag') ?? '').replace(/-(?:br|gzip)"$/, '"')
  return { api: prepare(await response.json()), etag }
}

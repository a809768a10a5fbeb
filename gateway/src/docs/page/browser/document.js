/** @import { ApiDocument } from './types.d.ts' */

/** The paragraph that tells the policy to readers of other tools; the page tells it in a table. */
const policyParagraph = /(?:^|\n\n)\*\*Who:\*\*[^\n]*$/

/**
 * Fetches the combined document. Throws an error for people where there is none.
 * @returns {Promise<{ api: ApiDocument, etag: string }>} with the etag of its plain form
 */
export async function loadDocument() {
  const response = await fetch('/openapi.json')
  if (!response.ok) throw new Error(`openapi.json could not be read (status ${response.status}).`)
  const document = await response.json()
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item)) {
      const { description } = operation
      if (description) operation.description = description.replace(policyParagraph, '')
    }
  }
  const etag = (response.headers.get('etag') ?? '').replace(/-(?:br|gzip)"$/, '"')
  return { api: document, etag }
}

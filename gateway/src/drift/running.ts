import { fetchDocument, maxDocumentBytes } from '../docs/fetch.ts'
import type { Json } from '../docs/json.ts'
import { refusalOf } from '../docs/usable.ts'
import type { Service } from '../table/route.ts'

const timeoutMs = 5000

export type Described = Service & { openapi: string }

/** The services that say where their document is. */
export function describedServices(services: readonly Service[]): Described[] {
  return services.filter((service): service is Described => service.openapi !== null)
}

/** The document that a service answers at `url`; throws in a few words where there is none, within 5 s. */
export async function askFor(url: string): Promise<Json> {
  const fetched = await fetchDocument({ url, etag: null, timeoutMs, maxBytes: maxDocumentBytes })
  if (fetched === 'unchanged') throw new Error('is not there')
  const document = parse(Buffer.concat(fetched.pieces).toString())
  const refusal = refusalOf(document)
  if (refusal !== null) throw new Error(refusal.fault)
  return document as Json
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('is not JSON')
  }
}

/** Why a document could not be had, to stand after its name. */
export function reasonOf(error: unknown): string {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') return 'did not come in time'
  return code === undefined ? message : `could not be fetched (${code})`
}

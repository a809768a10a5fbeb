import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import type { Table } from '../table/route.ts'
import { sentenceOf } from './finding.ts'
import type { Json } from './json.ts'
import { merge, type Options, type Source } from './merge.ts'

/** Bytes to serve, with their strong etag. */
export interface Rendered {
  bytes: Buffer
  etag: string
}

/** The combined document with all that is served of it; replaced as a whole. */
export interface Build {
  document: Json
  /** Where the table and the services' documents do not agree, a sentence each. */
  drift: readonly string[]
  json: Rendered
  yaml: () => Rendered
}

function render(text: string): Rendered {
  const bytes = Buffer.from(text)
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 27)
  return { bytes, etag: `"${hash}"` }
}

function toYaml(document: Json): Rendered {
  // No anchors: many readers of OpenAPI do not know them. YAML 1.1 readers take `no` for false.
  return render(
    stringify(document, { aliasDuplicateObjects: false, compat: 'yaml-1.1', lineWidth: 0 })
  )
}

/** Combines and renders; throws where the result would not be valid. YAML is made when first asked for. */
export function build(table: Table, sources: ReadonlyMap<string, Source>, options: Options): Build {
  const { document, findings } = merge(table, sources, options)
  const drift = findings.map(sentenceOf)
  let yaml: Rendered | undefined
  return {
    document,
    drift,
    json: render(JSON.stringify(document)),
    yaml() {
      yaml ??= toYaml(document)
      return yaml
    }
  }
}

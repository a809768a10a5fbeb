import type { Table } from '../table/route.ts'
import type { Finding } from './finding.ts'
import type { Part, Text } from './job.ts'
import type { Options } from './merge.ts'
import { work } from './work.ts'
import type { Workshop } from './workshop.ts'

/** The combined document with all that is served of it; replaced as a whole. */
export interface Build {
  /** Where the documents are at fault, and where the table and they do not agree. */
  findings: readonly Finding[]
  json: Text
  /** Made when first asked for. */
  yaml: () => Promise<Text>
}

function buildOf(json: Text, findings: readonly Finding[], workshop: Workshop): Build {
  let yaml: Promise<Text> | undefined
  return {
    findings,
    json,
    async yaml() {
      yaml ??= workshop.run('yaml', json.packed)
      yaml.catch(() => {
        yaml = undefined
      })
      return yaml
    }
  }
}

/** Builds documents of a table, in the workshop but for the first. */
export function createBuilder(table: Table, options: Options, workshop: Workshop) {
  return {
    /** What the table alone says: small, and there at once. */
    skeleton(): Build {
      const { findings, ...json } = work.merge({ table, parts: [], options })
      return buildOf(json, findings, workshop)
    },
    /** Rejects where the result would not be valid, or takes more than it may. */
    async build(parts: readonly Part[]): Promise<Build> {
      const { findings, ...json } = await workshop.run('merge', { table, parts, options })
      return buildOf(json, findings, workshop)
    }
  }
}

import pg from 'pg'
import type { Query } from './query.ts'

/** A node of a plan, as EXPLAIN (FORMAT JSON) gives it. */
interface Node {
  'Node Type': string
  'Relation Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}

export interface Explained {
  text: string
  values: readonly unknown[]
  /** The tables that are read from their first row to their last. */
  scanned: string[]
  /** How many pages of 8 kB are looked at. */
  pages: number
}

function scannedBy(node: Node): string[] {
  const own = node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []
  return [...own, ...(node.Plans ?? []).flatMap(scannedBy)]
}

/**
 * A `Query` on the database at `url` that notes in `explained` how PostgreSQL runs each statement: with these values,
 * planned as it is after many calls. `end` closes its connection.
 */
export async function explainQueries(url: string) {
  const client = new pg.Client({ connectionString: url })
  // The database is dropped after the test, whoever is connected.
  client.on('error', () => undefined)
  await client.connect()
  const explained: Explained[] = []
  let count = 0

  async function planOf(text: string, values: readonly unknown[], planning: string): Promise<Node> {
    const generic = planning === 'once' ? 'force_generic_plan' : 'force_custom_plan'
    await client.query(`set plan_cache_mode = ${generic}`)
    count += 1
    await client.query(`prepare plan${count} as ${text}`)
    const given = values.length === 0 ? '' : `(${values.map(literal).join()})`
    const explain = `explain (analyze, buffers, format json) execute plan${count} ${given}`
    const { rows } = await client.query(explain)
    return rows[0]['QUERY PLAN'][0].Plan
  }

  const query: Query = async (text, values, planning = 'once') => {
    const { rows } = await client.query(text, values as unknown[])
    const plan = await planOf(text, values, planning)
    const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
    explained.push({ text, values, scanned: scannedBy(plan), pages })
    return rows
  }
  return { query, explained, client, end: async () => client.end() }
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `array[${value.map(literal).join()}]::text[]`
  return typeof value === 'number' ? `${value}` : pg.escapeLiteral(String(value))
}

import { relative } from 'node:path'
import { StartError } from '@gatehouse/service-kit'
import { suggestion } from '../../route-table/errors.ts'
import { loadTable } from '../../route-table/load.ts'
import type { Table } from '../../route-table/types.ts'
import { rehearse } from './dry-run.ts'
import { explanationOf } from './report.ts'
import { type Caller, readArguments, usage } from './request.ts'

/** Throws where no line names the type of a caller, which is more often a slip than a question. */
function checkType({ routes }: Table, { type }: Caller) {
  const words = new Set(routes.flatMap(({ allow }) => allow))
  const named = [...words].filter((word) => !['public', 'user', 'owner'].includes(word))
  const known = [...new Set([...named, 'default'])]
  if (known.includes(type)) return
  throw new StartError(`--as: no line names the user type ${type}${suggestion(type, known)}.`)
}

/**
 * What the gateway would do with the request that a command line means, as text; nothing is sent. Throws StartError for
 * what cannot be meant.
 */
export async function explain(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const asked = readArguments(args)
  if (asked === null) return `${usage}\n`
  const { method, target, headers, caller } = asked
  const table = loadTable(asked.table, env)
  if (caller) checkType(table, caller)
  const outcome = await rehearse(table, `${method} ${target}`, headers, caller)
  if (outcome === null) throw new StartError(`--as: ${caller?.id} can be the id in no token.`)
  return explanationOf({ ...asked, table: relative(process.cwd(), asked.table) }, table, outcome)
}

import { relative } from 'node:path'
import { StartError } from '@gatehouse/service-kit'
import { suggestion } from '../../route-table/errors.ts'
import { loadTable } from '../../route-table/load.ts'
import type { Table } from '../../route-table/types.ts'
import type { Printed } from '../commands.ts'
import { rehearse } from './dry-run.ts'
import { explanationOf } from './report.ts'
import { type Caller, readArguments, usage } from './request.ts'

/** Throws where no route allows the type of a caller: that is usually a typing error. */
function checkType({ routes }: Table, { type }: Caller) {
  const words = new Set(routes.flatMap(({ allow }) => allow))
  const named = [...words].filter((word) => !['public', 'user', 'owner'].includes(word))
  const known = [...new Set([...named, 'default'])]
  if (known.includes(type)) return
  throw new StartError(`--as: no route allows the user type ${type}${suggestion(type, known)}.`)
}

/** Describes what the gateway would do with the request of a command line; sends nothing. Throws StartError. */
export async function explain(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const asked = readArguments(args)
  if (asked === null) return `${usage}\n`
  const { method, target, headers, caller } = asked
  const table = loadTable(asked.table, env)
  if (caller) checkType(table, caller)
  const outcome = await rehearse(table, `${method} ${target}`, headers, caller)
  if (outcome === null)
    throw new StartError(
      `--as: ${caller?.id} cannot be a user id. Use visible ASCII characters without spaces.`
    )
  return explanationOf({ ...asked, table: relative(process.cwd(), asked.table) }, table, outcome)
}

/** `npm run gateway -- explain`: shows what the gateway would do with a request, and sends nothing. */
export async function explainRequest(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  return { text: await explain(args, env), exitCode: 0 }
}

import { parseArgs } from 'node:util'
import { StartError } from '@gatehouse/service-kit'
import { loadTable } from '../route-table/load.ts'
import type { Printed } from './commands.ts'
import { markdownOf, matrixOf } from './matrix/access-matrix.ts'

const usage = `npm run gateway -- matrix [table]

Prints who may do what, as Markdown, from the table alone; gateway/gateway.yml by default.

Example: npm run gateway -- matrix gateway/gateway.yml`

/** The path of the table, or null where help is asked for. */
function tableIn(args: string[]): string | null {
  const options = { help: { type: 'boolean' } } as const
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (positionals.length > 1)
      throw new Error(`One table at a time, not ${positionals.join(' ')}.`)
    return values.help ? null : (positionals[0] ?? `${import.meta.dirname}/../../gateway.yml`)
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`)
  }
}

const legend = `
pass: on to the service, which may still refuse. user, owner: signed in, of a type that no line names.
`

/** `npm run gateway -- matrix`: prints who may do what, as Markdown, from the table alone. */
export async function printMatrix(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const file = tableIn(args)
  if (file === null) return { text: `${usage}\n`, exitCode: 0 }
  const table = loadTable(file, env)
  const aliases = table.aliases.map(({ from, to }) => `What holds for ${to} holds for ${from}.\n`)
  return { text: markdownOf(matrixOf(table)) + legend + aliases.join(''), exitCode: 0 }
}

import { StartError } from '@gatehouse/service-kit'

export const usage = `npm run gateway -- <command> [arguments]

  check     reports the errors of a route table, and changes that break callers
  explain   shows what the gateway would do with a request; sends nothing
  matrix    prints the callers that each route allows
  snapshot  writes the services' documents and the public one to gateway/snapshots
  schema    writes gateway/gateway.schema.json, which editors read

Each command prints its own usage with --help. Example:
  npm run gateway -- explain GET /api/users/7 --as user:7
`

/** What a command prints to stdout, and the exit code of its process. */
export interface Printed {
  text: string
  exitCode: number
}

type Command = (args: string[], env: NodeJS.ProcessEnv) => Promise<Printed>

/** Each command by its name; each loads its own code only. */
const commands = new Map<string, () => Promise<Command>>([
  ['check', async () => (await import('./check.ts')).checkTable],
  ['explain', async () => (await import('./explain/explain.ts')).explainRequest],
  ['matrix', async () => (await import('./matrix.ts')).printMatrix],
  ['snapshot', async () => (await import('./snapshot.ts')).writeSnapshots],
  ['schema', async () => (await import('./write-schema.ts')).writeEditorSchema]
])

/**
 * Runs the command that `args` begins with.
 * @throws StartError with the usage where the arguments are wrong, and with the errors of a table
 */
export async function runCommand(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  const [name = '', ...rest] = args
  if (name === '--help') return { text: usage, exitCode: 0 }
  const what = name ? `Unknown command ${name}.` : 'A command is missing.'
  const load = commands.get(name)
  if (!load) throw new StartError(`${what}\n\n${usage}`)
  const command = await load()
  return command(rest, env)
}

import { main, StartError } from '@gatehouse/service-kit'

const usage = `npm run gateway -- <command> [arguments]

  check     tells every mistake of a table, and what would break callers
  explain   tells what the gateway would do with a request; sends nothing
  matrix    prints who may do what, from the table alone
  snapshot  writes the services' documents and the public one to gateway/snapshots
  schema    writes gateway/gateway.schema.json, which editors read

Each command prints its own usage with --help. Example:
  npm run gateway -- explain GET /api/users/7 --as user:7
`

/** Each command by its name: its function takes the arguments and writes to stdout. */
const commands = new Map<string, () => Promise<(args: string[]) => Promise<void>>>([
  ['check', async () => (await import('./check.ts')).checkTable],
  ['explain', async () => (await import('./explain.ts')).explainRequest],
  ['matrix', async () => (await import('./matrix.ts')).printMatrix],
  ['snapshot', async () => (await import('./snapshot.ts')).writeSnapshots],
  ['schema', async () => (await import('./write-schema.ts')).writeEditorSchema]
])

/** `npm run gateway -- <command>`: the commands about gateway.yml; each loads its own code only. */
await main(async () => {
  const [name = '', ...args] = process.argv.slice(2)
  if (name === '--help') return void process.stdout.write(usage)
  const load = commands.get(name)
  if (!load)
    throw new StartError(
      `${name ? `There is no command ${name}.` : 'A command is missing.'}\n\n${usage}`
    )
  const command = await load()
  await command(args)
})

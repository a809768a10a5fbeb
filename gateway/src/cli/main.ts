import { main } from '@gatehouse/service-kit'
import { runCommand } from './commands.ts'

/** `npm run gateway -- <command>`: the commands about gateway.yml. */
await main(async () => {
  const { text, exitCode } = await runCommand(process.argv.slice(2), process.env)
  process.stdout.write(text)
  process.exitCode = exitCode
})

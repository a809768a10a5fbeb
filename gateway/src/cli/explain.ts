import type { Printed } from './commands.ts'
import { explain } from './explain/explain.ts'

/** `npm run gateway -- explain`: tells what the gateway would do with a request, and sends nothing. */
export async function explainRequest(args: string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  return { text: await explain(args, env), exitCode: 0 }
}

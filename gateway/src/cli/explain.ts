import { explain } from './explain/explain.ts'

/** `npm run gateway -- explain`: tells what the gateway would do with a request, and sends nothing. */
export async function explainRequest(args: string[]): Promise<void> {
  process.stdout.write(await explain(args, process.env))
}

import { main } from '@gatehouse/service-kit'
import { explain } from './explain/explain.ts'

/** `npm run gateway:explain`: tells what the gateway would do with a request, and sends nothing. */
await main(async () => {
  process.stdout.write(await explain(process.argv.slice(2), process.env))
})

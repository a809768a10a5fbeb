// Runs before `npm start`, `npm test` and the like, in a fresh clone by whatever Node started npm (20 or
// newer, hence no TypeScript): installs what the lockfile asks for, and generates the Prisma clients.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fillCache } from './compile-cache.js'
import { install, installed } from './install.js'
import { preparePostgresAccount } from './postgres-account.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

const fresh = !installed(root)
if (fresh) install(root)
const { generateClients } = await import('../database/generate.js')
for (const name of generateClients()) console.log(`Generated the Prisma client of ${name}.`)
preparePostgresAccount(root)
if (fresh) fillCache()

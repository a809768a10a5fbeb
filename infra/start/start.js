// `npm start` and `npm run dev`. In JavaScript, for a process that finds all its TypeScript in the cache never loads
// the 20 MB that strip types, and so the system is ready sooner and stays smaller.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

process.env.NODE_COMPILE_CACHE ||= join(import.meta.dirname, '../../node_modules/.cache/compile')
enableCompileCache(process.env.NODE_COMPILE_CACHE)
await import('./src/main.ts')

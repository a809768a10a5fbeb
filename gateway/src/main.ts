import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'

// From the second start on, nothing is compiled that has not changed: the gateway is there sooner, and what strips the
// types of TypeScript, some 15 MB, is never loaded. Where nothing can be written, each start is a first one. `npm start`
// fills the same folder before its first one.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/compile'))
await import('./serve.ts')
flushCompileCache()

// `npm start` and `npm run dev`. In JavaScript, for it has to set up the cache that its TypeScript is found in.
import { enableCompileCache } from 'node:module'
import { cacheFolder } from './compile-cache.js'

process.env.NODE_COMPILE_CACHE ||= cacheFolder
enableCompileCache(process.env.NODE_COMPILE_CACHE)
await import('./src/main.ts')

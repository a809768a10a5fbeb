export { type Database, openDatabase } from './database.ts'
export { isUnavailable } from './failures.ts'
export { untilReady } from './until-ready.ts'

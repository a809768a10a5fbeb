export { inBatches } from './batches.ts'
export { type Database, openDatabase } from './database.ts'
export { guardTransactions, isUnavailable } from './failures.ts'
export { untilReady } from './until-ready.ts'

import { availableParallelism } from 'node:os'

/**
 * Threads of libuv for everything that is no hash: name lookups, files. Hashes run on as many as there are cores, and
 * of the four that there are by default they would leave none on a machine with four. To be imported before anything
 * that uses a thread: libuv reads this once.
 */
const others = 4

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + others)

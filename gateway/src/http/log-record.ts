import type { FastifyBaseLogger } from 'fastify'

/** What the parts of the gateway log to. */
export type Logger = Pick<FastifyBaseLogger, 'info' | 'warn' | 'error' | 'level'>

import type { FastifyBaseLogger } from 'fastify'

/** The logger of the gateway's parts. */
export type Logger = Pick<FastifyBaseLogger, 'info' | 'warn' | 'error' | 'level'>

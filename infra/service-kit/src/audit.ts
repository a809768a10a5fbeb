import type { FastifyBaseLogger } from 'fastify'

/** What an audit line is about; more may be said, never what was typed and never a token. */
export interface AuditFields {
  /** What came of it: `granted`, `refused`, `throttled`, `ended`, `changed` … */
  result: string
  /** Whom it is about; null where nobody is known. */
  user_id: string | null
  /** The client's address, as the gateway saw it; null where it is not known. */
  ip: string | null
  /** Where the logger does not carry it already. */
  request_id?: string
  [field: string]: string | number | null | undefined
}

type AuditLog = Pick<FastifyBaseLogger, 'level' | 'child'>

/**
 * Writes one line about what happened to an account, a session or a permission: `{audit: 'login', result, user_id,
 * ip, request_id, …}`, with the time that every line has. It is written at every LOG_LEVEL but `silent`, for
 * whoever looks into an incident needs it most where little else is logged.
 */
export function audit(log: AuditLog, event: string, fields: AuditFields) {
  if (log.level === 'silent') return
  log.child({ audit: event }, { level: 'info' }).info(fields, `${event} ${fields.result}`)
}

import { sentenceOf } from '@gatehouse/openapi/findings'
import { merge, type Source } from '../../../src/openapi/merge.ts'

export {
  answered,
  answering,
  documentOf
} from '../../../../infra/openapi/test/harness/documents.ts'

import type { Route, Service, Table } from '../../../src/route-table/types.ts'

type Line = Partial<Omit<Route, 'service'>> & { to?: string; line?: number }

function serviceNamed(name: string): Service {
  const origin = `http://${name}.internal:8000`
  const paths = { strip: '/api', openapi: '/openapi.json', health: null, sessions: null }
  return { name, origin, connectMs: 1000, responseHeaderBytes: 16384, ...paths }
}

/** A table of `METHOD /path` lines, with what a line says beyond `to: one, allow: user`. */
export function tableOf(lines: Record<string, Line>, names = ['one', 'two']): Table {
  const services = names.map(serviceNamed)
  const routes = Object.entries(lines).map(([key, { to = 'one', ...line }], index): Route => {
    const [method = '', path = ''] = key.split(' ')
    const service = services.find(({ name }) => name === to) ?? serviceNamed(to)
    const policy = { allow: ['user'], owner: null, issue: null, revoke: null, rate: null }
    const limits = { timeoutMs: 10_000, tryMs: null, idempotent: false, bodyBytes: 1024 }
    const place = { target: null, pathChars: 'plain' as const, line: index }
    const still = { stream: null, idleMs: 15_000 }
    return { method, path, service, ...policy, ...limits, ...place, ...still, ...line }
  })
  const caps = { connections: 100, streams: { perUser: 256, inAll: 10_000 } }
  return {
    services,
    routes,
    userTypes: ['admin', 'default'],
    notices: [],
    aliases: [],
    cors: null,
    ...caps
  }
}

export interface Schema {
  [key: string]: unknown
}

export interface Operation {
  operationId: string
  summary?: string
  description: string
  tags: string[]
  parameters?: { name: string; in: string; $ref?: string; schema: Schema; [key: string]: unknown }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, Response>
  security: unknown[]
  callbacks?: Record<string, Record<string, Record<string, Operation>>>
  'x-gateway': Record<string, unknown>
  'x-drift'?: boolean
}

export interface Response {
  $ref?: string
  description: string
  headers?: Record<string, unknown>
  content: Record<string, { schema: Schema; example?: unknown }>
  links?: Record<string, { operationId: string }>
}

export interface Combined {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, Schema>>
  tags: { name: string; description?: string }[]
  'x-stale-since'?: Record<string, string>
}

/** Combines documents by service; the result is typed as the tests read it. */
export function combined(
  table: Table,
  documents: Record<string, unknown>,
  stale: Record<string, string> = {}
) {
  const sources = Object.entries(documents).map(([name, document]): [string, Source] => {
    const staleSince = stale[name]
    return [name, { document, ...(staleSince && { staleSince }) }]
  })
  const { document, findings } = merge(table, new Map(sources), { title: 'Test' })
  const drift = findings.map(sentenceOf)
  return { document: document as unknown as Combined, findings, drift }
}

/** The schema with which an operation answers 200. */
export function answerOf(document: Combined, path: string, method = 'get'): Schema {
  return document.paths[path]?.[method]?.responses['200']?.content['application/json']?.schema ?? {}
}

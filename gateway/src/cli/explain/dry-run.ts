import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { CallOptions } from '@gatehouse/http1-client/request'
import { createApp } from '@gatehouse/service-kit'
import { createTokens, registerKeys } from '../../auth/access-tokens.ts'
import { checkMessage } from '../../checks/request-message.ts'
import { readTarget } from '../../checks/request-target.ts'
import { buildGateway } from '../../gateway.ts'
import { headerList } from '../../http/header-lines.ts'
import { takesReserved } from '../../route-table/paths.ts'
import type { Table } from '../../route-table/types.ts'
import type { Pools } from '../../upstream/pools.ts'
import { bytesOf, type Caller, connect } from './request.ts'

/** What the gateway would have sent. */
export interface Sent {
  service: string
  method: string
  path: string
  /** Name, value, name, value. */
  headers: readonly string[]
}

export interface Outcome {
  /** The request that goes to the service; null where none does. */
  sent: Sent | null
  /** The failed request check; null where all pass. */
  checkError: string | null
  /** What the gateway itself answers, as it stands on the wire; empty where it answers nothing yet. */
  answer: string
  /** Whether it is left to the gateway's own pages. */
  own: boolean
}

/** Reports a part of the outcome; the first report ends the dry run. */
export type Report = (part: Partial<Outcome>) => void

const day = 86_400_000
const secret = () => randomBytes(32).toString('base64url')

/** Pools that report what they are given, and send none of it. */
function reportingPools(service: string, report: Report): Pools {
  const pool = {
    dispatch({ method, path, headers }: CallOptions) {
      report({ sent: { service, method, path, headers: headerList(headers) } })
      return null
    },
    close: async () => {}
  }
  // Whatever connections there are; requests on others would not be reported.
  const pools: Record<keyof Pools, unknown> = {
    clients: pool,
    events: pool,
    webSockets: pool,
    internal: pool,
    revocations: pool
  }
  return pools as Pools
}

/** The failed request check of a request, or null. */
function refusalOf(request: IncomingMessage): string | null {
  try {
    checkMessage(request)
    readTarget(request.url ?? '')
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** Whether the gateway itself has a page there: its home, the documentation, its health. */
function isOwnPage(url: string): boolean {
  const [path = ''] = url.split('?', 1)
  return path === '/' || takesReserved(path)
}

/** The table without what the gateway asks of services by itself. */
const asksNothing = (table: Table): Table => ({
  ...table,
  services: table.services.map((service) => ({ ...service, sessions: null, health: null }))
})

/** The gateway as it is served, but for its connections and pages, which report what they are asked for. */
export async function buildReporting(table: Table, outcome: Outcome, report: Report) {
  const token = { secrets: [secret()], issuer: 'explain', audience: 'explain', ttlMs: day }
  const options = {
    table: asksNothing(table),
    token,
    internalSecret: secret(),
    trustedProxies: '',
    logLevel: 'silent',
    demo: false,
    documented: false
  }
  const app = await buildGateway(options, {
    poolsFor: ({ name }) => reportingPools(name, report),
    wrap: (handle) => (request, response, pages, upgrade) => {
      outcome.checkError = refusalOf(request)
      response.once('finish', () => setImmediate(report, {}))
      const page = isOwnPage(request.url ?? '') ? () => report({ own: true }) : pages
      handle(request, response, page, upgrade)
    }
  })
  await app.ready()
  const keys = createApp({ title: 'Keys', logLevel: 'silent', openapi: false })
  return { app, tokens: createTokens(await registerKeys(keys, token), token) }
}

/**
 * Runs a request through the gateway, on a connection in memory, and returns the outcome.
 * Nothing is sent. Gives null where the caller's id can be in no token.
 */
export async function rehearse(
  table: Table,
  line: string,
  headers: readonly [string, string][],
  caller: Caller | null
): Promise<Outcome | null> {
  const outcome: Outcome = {
    sent: null,
    checkError: 'the parser of HTTP/1.1 cannot read it',
    answer: '',
    own: false
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  const report: Report = (part) => {
    Object.assign(outcome, part)
    resolve()
  }
  const { app, tokens } = await buildReporting(table, outcome, report)
  const session = {
    user_id: caller?.id ?? '',
    user_type: caller?.type ?? '',
    session_id: 'the-callers-session'
  }
  const token = caller && tokens.issue(session)
  if (token !== null && tokens.verify(token) === null) {
    await app.close()
    return null
  }
  const { client, abort } = connect(app.server)
  client.on('data', (chunk) => {
    outcome.answer += chunk
  })
  client.once('end', resolve)
  client.write(bytesOf(line, headers, token))
  await promise
  abort()
  await app.close()
  return outcome
}

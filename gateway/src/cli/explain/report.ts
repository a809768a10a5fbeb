import { networkOf } from '@gatehouse/service-kit'
import { isUnder } from '../../route-table/paths.ts'
import { type Entry, type Match, matcherOf } from '../../route-table/router.ts'
import type { Route, Service, Table } from '../../route-table/types.ts'
import { formatDuration } from '../../route-table/units.ts'
import type { Outcome, Sent } from './dry-run.ts'
import { nearMisses, valuesOf, verdictOf } from './near-misses.ts'
import type { Asked, Caller } from './request.ts'

function rateOf({ rate }: Route, caller: Caller | null, address: string): string {
  if (rate === null) return 'none'
  const { limit, windowMs, per, bucket } = rate
  const key = per === 'ip' ? networkOf(address) : `user ${caller?.id ?? ''}`
  const shared =
    bucket === 'default'
      ? 'together with all routes that inherit the default'
      : 'for this route alone'
  return `${limit} in ${formatDuration(windowMs)} per ${per}, counted for ${key} ${shared}`
}

/** The limits of a route, by name. */
function limitsOf(route: Route, caller: Caller | null, address: string): [string, string][] {
  const { bodyBytes, timeoutMs, stream, idleMs } = route
  const idle = stream === 'sse' ? 'a heartbeat is sent after' : 'it is closed after'
  return [
    ['rate', rateOf(route, caller, address)],
    ['body', `at most ${bodyBytes} bytes`],
    [
      'timeout',
      `${formatDuration(timeoutMs)} ${stream ? 'until the response begins' : 'for the whole response'}`
    ],
    ...(stream
      ? [
          ['stream', `${stream}; ${idle} ${formatDuration(idleMs)} without data`] as [
            string,
            string
          ]
        ]
      : [])
  ]
}

/** One step: its name, its result, and details. */
interface Step {
  name: string
  result: string
  details: string[]
}

const step = (name: string, result: string, details: string[] = []): Step => ({
  name,
  result,
  details
})

/** Two aligned columns. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length))
  return rows.map(([first, second]) => `${first.padEnd(width)}  ${second}`)
}

/** The route of the request, and similar ones. */
function matchStep(asked: Asked, table: Table, path: string, match: Match<Entry> | null): Step {
  const misses = nearMisses(table, asked.method, path, match?.route ?? null)
  const similar = columns(
    misses.map(({ name, line, why }) => [`not ${name}`, `line ${line}: ${why}`])
  )
  if (match === null) return step('match', 'no route', similar)
  const { route } = match.route
  const alias = table.aliases.find(({ from }) => isUnder(path, from))
  const under = alias ? [`${alias.from} is an alias of ${alias.to}`] : []
  const values = valuesOf(route.path, match.values).map(([name, value]) => `:${name} is ${value}`)
  const result = `${route.method} ${route.path}  ${asked.table}:${route.line}`
  return step('match', result, [...under, ...values, ...similar])
}

/** Whether `allow` admits the caller, word by word. */
function allowStep(match: Match<Entry>, caller: Caller | null): Step {
  const { passes, words } = verdictOf(match, caller)
  const { allow, owner } = match.route.route
  const of = owner === null ? '' : ` (owner: ${owner})`
  const rows = words.map(
    ({ word, passes, why }) => [word, `${passes ? 'yes' : 'no'}, ${why}`] as const
  )
  return step('allow', `${allow.join(', ')}${of}: ${passes ? 'passes' : 'refused'}`, columns(rows))
}

/** A header without its secret. */
function masked(name: string, value: string): string {
  if (name === 'request-signature') return value.replace(/[^.]+$/, '***')
  if (name === 'authorization') return value.replace(/ .*$/, ' ***')
  return name === 'cookie' ? '***' : value
}

/** The request to the upstream service. */
function sendStep(sent: Sent, services: readonly Service[]): Step {
  const { service: name, method, path, headers } = sent
  const origin = services.find((service) => service.name === name)?.origin ?? ''
  const lines = Array.from({ length: headers.length / 2 }, (_, index) => {
    const [header = '', value = ''] = headers.slice(index * 2, index * 2 + 2)
    return `${header}: ${masked(header.toLowerCase(), value)}`
  })
  return step('send', `${method} ${origin}${path}`, lines)
}

/** The effects of the route on a 2xx response. */
function effectSteps({ route: { route } }: Match<Entry>): Step[] {
  const issued = 'a 2xx response becomes a token response; the client gets nothing else of it'
  const ended = 'a 2xx response revokes the caller’s session at this gateway'
  return [
    ...(route.issue === 'token' ? [step('then', issued)] : []),
    ...(route.revoke === 'session' ? [step('then', ended)] : [])
  ]
}

/** The gateway's own response. */
function responseStep(response: string): Step {
  const [head = '', body = ''] = response.split('\r\n\r\n')
  const [, status = ''] = /^HTTP\/1\.1 (.*)/.exec(head) ?? []
  if (!body.startsWith('{')) return step('response', status)
  const { type, detail } = JSON.parse(body) as { type: string; detail: string }
  return step('response', `${status}, ${type.replace('/problems/', '')}: ${detail}`)
}

/** The client address of the dry run. */
const address = '127.0.0.1'

/** The gateway's own page or response. */
function gatewaySteps({ own, answer }: Outcome): Step[] {
  if (own) return [step('response', 'a page of the gateway')]
  return answer === '' ? [] : [responseStep(answer)]
}

function stepsOf(asked: Asked, table: Table, outcome: Outcome): Step[] {
  const { method, target, caller } = asked
  const { checkError, sent } = outcome
  if (checkError !== null)
    return [step('checks', `refused: ${checkError}`), ...gatewaySteps(outcome)]
  const [path = ''] = target.split('?', 1)
  const match = matcherOf(table).match(method, path)
  const passed = [step('checks', 'passes'), matchStep(asked, table, path, match)]
  if (match === null) return [...passed, ...gatewaySteps(outcome)]
  return [
    ...passed,
    allowStep(match, caller),
    step('limits', '', columns(limitsOf(match.route.route, caller, address))),
    ...(sent ? [sendStep(sent, table.services), ...effectSteps(match)] : gatewaySteps(outcome))
  ]
}

const nameWidth = 10

function linesOf({ name, result, details }: Step): string[] {
  const indented = details.map((line) => `  ${line}`)
  const [first = '', ...rest] = result === '' ? details : [result, ...indented]
  return [`${name.padEnd(nameWidth)}${first}`, ...rest.map((line) => ' '.repeat(nameWidth) + line)]
}

/** What the gateway does with a request, step by step. */
export function explanationOf(asked: Asked, table: Table, outcome: Outcome): string {
  const { method, target, caller } = asked
  const who = caller === null ? 'anonymous (no token)' : `user ${caller.id} of type ${caller.type}`
  const lines = stepsOf(asked, table, outcome).flatMap(linesOf)
  return `${[`${method} ${target} as ${who}`, '', ...lines].join('\n')}\n`
}

import { networkOf } from '@gatehouse/service-kit'
import { isUnder } from '../../route-table/paths.ts'
import { type Entry, type Match, matcherOf } from '../../route-table/router.ts'
import type { Route, Service, Table } from '../../route-table/types.ts'
import type { Outcome, Sent } from './dry-run.ts'
import { nearMisses, valuesOf, verdictOf } from './near-misses.ts'
import type { Asked, Caller } from './request.ts'

/** A time as the table writes it: `10s`, `250ms`. */
function time(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}

function rateOf({ rate }: Route, caller: Caller | null, address: string): string {
  if (rate === null) return 'none'
  const { limit, windowMs, per, bucket } = rate
  const key = per === 'ip' ? networkOf(address) : `user ${caller?.id ?? ''}`
  const shared =
    bucket === 'default'
      ? 'together with all lines that inherit the default'
      : 'for this line alone'
  return `${limit} in ${time(windowMs)} per ${per}, counted for ${key} ${shared}`
}

/** What a line limits, by name. */
export function limitsOf(route: Route, caller: Caller | null, address: string): [string, string][] {
  const { bodyBytes, timeoutMs, stream, idleMs } = route
  const silence = stream === 'sse' ? 'a comment is sent after' : 'it is closed after'
  return [
    ['rate', rateOf(route, caller, address)],
    ['body', `at most ${bodyBytes} bytes`],
    ['timeout', `${time(timeoutMs)} until the answer begins`],
    ...(stream
      ? [['stream', `${stream}; ${silence} ${time(idleMs)} of silence`] as [string, string]]
      : [])
  ]
}

/** What is told of one step: its name, what came of it, and more lines. */
export interface Step {
  name: string
  says: string
  more: string[]
}

/** Makes a step. */
export const step = (name: string, says: string, more: string[] = []): Step => ({
  name,
  says,
  more
})

/** Two columns, the first as wide as its longest. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length))
  return rows.map(([first, second]) => `${first.padEnd(width)}  ${second}`)
}

/** The line that takes the request, and those that nearly do. */
export function matchStep(
  asked: Asked,
  table: Table,
  path: string,
  match: Match<Entry> | null
): Step {
  const misses = nearMisses(table, asked.method, path, match?.route ?? null)
  const nearly = columns(
    misses.map(({ name, line, why }) => [`not ${name}`, `line ${line}: ${why}`])
  )
  if (match === null) return step('match', 'no line of the table', nearly)
  const { route } = match.route
  const alias = table.aliases.find(({ from }) => isUnder(path, from))
  const under = alias ? [`${alias.from} is an alias of ${alias.to}`] : []
  const values = valuesOf(route.path, match.values).map(([name, value]) => `:${name} is ${value}`)
  const says = `${route.method} ${route.path}  ${asked.table}:${route.line}`
  return step('match', says, [...under, ...values, ...nearly])
}

/** Whether `allow` lets the caller pass, and what each of its words says. */
export function allowStep(match: Match<Entry>, caller: Caller | null): Step {
  const { passes, words } = verdictOf(match, caller)
  const { allow, owner } = match.route.route
  const of = owner === null ? '' : ` (owner: ${owner})`
  const rows = words.map(
    ({ word, passes, why }) => [word, `${passes ? 'yes' : 'no'}, ${why}`] as const
  )
  return step('allow', `${allow.join(', ')}${of}: ${passes ? 'passes' : 'refused'}`, columns(rows))
}

/** Fields that nobody should read over a shoulder, and what is left of them. */
function masked(name: string, value: string): string {
  if (name === 'request-signature') return value.replace(/[^.]+$/, '***')
  if (name === 'authorization') return value.replace(/ .*$/, ' ***')
  return name === 'cookie' ? '***' : value
}

/** The request that goes to the service. */
export function sendStep(sent: Sent, services: readonly Service[]): Step {
  const { service: name, method, path, headers } = sent
  const origin = services.find((service) => service.name === name)?.origin ?? ''
  const fields = Array.from({ length: headers.length / 2 }, (_, index) => {
    const [field = '', value = ''] = headers.slice(index * 2, index * 2 + 2)
    return `${field}: ${masked(field.toLowerCase(), value)}`
  })
  return step('send', `${method} ${origin}${path}`, fields)
}

/** What the line makes of a good answer. */
export function effectSteps({ route: { route } }: Match<Entry>): Step[] {
  const issued = 'a 2xx answer becomes a token response; nothing else of it passes'
  const ended = 'a 2xx answer ends the caller’s session at this gateway'
  return [
    ...(route.issue === 'token' ? [step('then', issued)] : []),
    ...(route.revoke === 'session' ? [step('then', ended)] : [])
  ]
}

/** What the gateway says itself, in a line. */
export function answerStep(answer: string): Step {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const [, status = ''] = /^HTTP\/1\.1 (.*)/.exec(head) ?? []
  if (!body.startsWith('{')) return step('answer', status)
  const { type, detail } = JSON.parse(body) as { type: string; detail: string }
  return step('answer', `${status}, ${type.replace('/problems/', '')}: ${detail}`)
}

/** Where `rehearse` asks from. */
const address = '127.0.0.1'

/** What the gateway does itself: its page, or what it answers. */
function ownSteps({ own, answer }: Outcome): Step[] {
  if (own) return [step('answer', 'a page of the gateway’s own')]
  return answer === '' ? [] : [answerStep(answer)]
}

function stepsOf(asked: Asked, table: Table, outcome: Outcome): Step[] {
  const { method, target, caller } = asked
  const { guard, sent } = outcome
  if (guard !== null) return [step('guard', `refused: ${guard}`), ...ownSteps(outcome)]
  const [path = ''] = target.split('?', 1)
  const match = matcherOf(table).match(method, path)
  const passed = [step('guard', 'passes'), matchStep(asked, table, path, match)]
  if (match === null) return [...passed, ...ownSteps(outcome)]
  return [
    ...passed,
    allowStep(match, caller),
    step('limits', '', columns(limitsOf(match.route.route, caller, address))),
    ...(sent ? [sendStep(sent, table.services), ...effectSteps(match)] : ownSteps(outcome))
  ]
}

function linesOf({ name, says, more }: Step): string[] {
  const [first = '', ...rest] = says === '' ? more : [says, ...more.map((line) => `  ${line}`)]
  return [`${name.padEnd(8)}${first}`, ...rest.map((line) => `${' '.repeat(8)}${line}`)]
}

/** What the edge does with a request, step by step, for a reader. */
export function explanationOf(asked: Asked, table: Table, outcome: Outcome): string {
  const { method, target, caller } = asked
  const who = caller === null ? 'nobody (no token)' : `user ${caller.id} of type ${caller.type}`
  const lines = stepsOf(asked, table, outcome).flatMap(linesOf)
  return `${[`${method} ${target} as ${who}`, '', ...lines].join('\n')}\n`
}

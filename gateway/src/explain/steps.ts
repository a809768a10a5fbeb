import type { Entry } from '../table/match.ts'
import type { Match } from '../table/matcher.ts'
import { isUnder } from '../table/paths.ts'
import type { Service, Table } from '../table/route.ts'
import type { Asked, Caller } from './arguments.ts'
import { nearMisses, valuesOf } from './nearly.ts'
import type { Sent } from './outcome.ts'
import { verdictOf } from './reasons.ts'

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

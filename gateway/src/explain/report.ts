import { matcherOf } from '../table/match.ts'
import type { Table } from '../table/route.ts'
import type { Asked } from './arguments.ts'
import { limitsOf } from './limits.ts'
import type { Outcome } from './outcome.ts'
import {
  allowStep,
  answerStep,
  columns,
  effectSteps,
  matchStep,
  type Step,
  sendStep,
  step
} from './steps.ts'

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

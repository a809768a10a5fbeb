import type { Fault } from './fault.ts'
import type { Finding, Severity } from './finding.ts'
import type { Place } from './place.ts'
import type { Direction } from './subset.ts'

/** A finding that is not yet said of an operation. */
export type Change = Omit<Finding, 'subjects'>

/** What a change of a schema means to who sends it, and to who reads it. */
const told: Record<string, Record<Direction, string>> = {
  type: {
    request: 'takes fewer types of values than before',
    response: 'may be of a type that it was not before'
  },
  enum: {
    request: 'takes fewer values than before',
    response: 'may have a value that it could not have before'
  },
  limit: { request: 'has a tighter limit than before', response: 'may go beyond its former limit' },
  pattern: { request: 'has another pattern', response: 'has another pattern' },
  format: { request: 'has another format', response: 'has another format' },
  assertion: { request: 'has another condition', response: 'has another condition' },
  choice: {
    request: 'takes fewer alternatives than before',
    response: 'may be an alternative that it was not before'
  },
  required: { request: 'has to be sent now', response: 'may be missing now' },
  removed: { request: 'is gone', response: 'is gone' },
  refused: { request: 'is refused now', response: 'is refused now' },
  ignored: { request: 'is not known any more', response: 'is not known any more' },
  closed: {
    request: 'takes no unknown fields any more',
    response: 'has no unknown fields any more'
  }
}

const lastNamed = /\/(?:properties|headers)\/([^/]+)$/

/** What a pointer leads to, by its name where it has one. */
function subjectOf(pointer: string, what: string): string {
  const property = lastNamed.exec(pointer.replace(/\/schema$/, ''))?.[1]
  const schema = /^#\/components\/schemas\/([^/]+)/.exec(pointer)?.[1]
  if (property !== undefined && schema !== undefined) return `${schema}.${property}`
  return property ?? schema ?? what
}

/** The change that a fault of a comparison means. `what` is what was compared: `the body`. */
export function changeOf({ rule, sub, sup }: Fault, direction: Direction, what: string): Change {
  const [before, now] = direction === 'request' ? [sub, sup] : [sup, sub]
  const severity: Severity = rule === 'ignored' ? 'warning' : 'breaking'
  const isKeyword = ['limit', 'pattern', 'format', 'assertion'].includes(rule)
  const subject = subjectOf(isKeyword ? sub.pointer : sup.pointer, what)
  return {
    severity,
    rule: `${direction}-${rule}`,
    message: `${subject} ${told[rule]?.[direction]}, in ${direction === 'request' ? 'requests' : 'answers'}`,
    sides: [
      { name: 'before', says: before.says, at: before.pointer },
      { name: 'now', says: now.says, at: now.pointer }
    ]
  }
}

/** A change that is no matter of schemas. */
export function change(
  severity: Severity,
  rule: string,
  message: string,
  [before, was]: [Place, string],
  [now, is]: [Place, string]
): Change {
  const sides = [
    { name: 'before', says: was, at: before.pointer },
    { name: 'now', says: is, at: now.pointer }
  ]
  return { severity, rule, message, sides }
}

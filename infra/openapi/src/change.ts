import type { Mismatch } from './difference.ts'
import type { Place } from './location.ts'
import type { Direction } from './structure-diff.ts'

/** `breaking` is what callers run into; `warning` what somebody should look at; `information` the rest. */
export const severities = ['breaking', 'warning', 'information'] as const
export type Severity = (typeof severities)[number]

/** One thing that was found, with what either side says of it. */
export interface Finding {
  severity: Severity
  /** Names the kind of finding, for programs. */
  rule: string
  /** What it is about: `GET /api/users`; several where one schema is part of several operations. */
  subjects: string[]
  /** What was found, a sentence. */
  message: string
  /** What there is to compare. */
  sides: Side[]
}

/** One of what was compared. */
export interface Side {
  /** `before` and `now`, or `table` and `service`. */
  name: string
  says: string
  /** Where it says so: `gateway.yml:35`, or a JSON pointer after the name of a document. */
  at: string
}

/** The same finding in several operations becomes one; the worst come first. */
export function gathered(findings: readonly Finding[]): Finding[] {
  const byKey = new Map<string, Finding>()
  for (const finding of findings) {
    const { rule, message, sides } = finding
    const key = JSON.stringify([rule, message, sides])
    const known = byKey.get(key)
    const subjects = new Set([...(known?.subjects ?? []), ...finding.subjects])
    byKey.set(key, { ...finding, subjects: [...subjects] })
  }
  return [...byKey.values()].sort(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity)
  )
}

/** A finding that is not yet said of an operation. */
export type Change = Omit<Finding, 'subjects'>

/** What a change of a schema means to who sends it, and to who reads it. */
const meanings: Record<string, Record<Direction, string>> = {
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
  overlap: {
    request: 'has alternatives that one value may match at once, which oneOf refuses',
    response: 'has alternatives that one value may match at once, which oneOf refuses'
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

/** The change that a mismatch of a comparison means. `what` is what was compared: `the body`. */
export function changeOf({ rule, sub, sup }: Mismatch, direction: Direction, what: string): Change {
  const [before, now] = direction === 'request' ? [sub, sup] : [sup, sub]
  const severity: Severity = rule === 'ignored' || rule === 'overlap' ? 'warning' : 'breaking'
  const isKeyword = ['limit', 'pattern', 'format', 'assertion'].includes(rule)
  const subject = subjectOf(isKeyword ? sub.pointer : sup.pointer, what)
  return {
    severity,
    rule: `${direction}-${rule}`,
    message: `${subject} ${meanings[rule]?.[direction]}, in ${direction === 'request' ? 'requests' : 'answers'}`,
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

const many: Record<Severity, [one: string, more: string]> = {
  breaking: ['1 that breaks', 'that break'],
  warning: ['1 warning', 'warnings'],
  information: ['1 note', 'notes']
}

const shownSubjects = 4

/** The operations that a finding is about, the first of them by name. */
function subjectsOf({ subjects }: Finding): string {
  const shown = subjects.slice(0, shownSubjects).join(', ')
  const rest = subjects.length - shownSubjects
  return rest > 0 ? `${shown} and ${rest} more` : shown
}

function linesOf(finding: Finding): string[] {
  const { severity, rule, message, sides } = finding
  const width = Math.max(...sides.map(({ name }) => name.length))
  return [
    `${severity}  ${subjectsOf(finding)}: ${message} (${rule})`,
    ...sides.map(({ name, says, at }) => `  ${name.padEnd(width)}  ${says}  [${at}]`)
  ]
}

/** How many findings of each severity there are. */
export function countsOf(findings: readonly Finding[]): Record<Severity, number> {
  const count = (severity: Severity) =>
    findings.filter((finding) => finding.severity === severity).length
  return {
    breaking: count('breaking'),
    warning: count('warning'),
    information: count('information')
  }
}

/** The findings for a reader, the worst first, and how many there are. */
export function reportOf(findings: readonly Finding[]): string {
  const counts = countsOf(findings)
  const sums = severities.map((severity) => {
    const [one, more] = many[severity]
    return counts[severity] === 1 ? one : `${counts[severity]} ${more}`
  })
  const told = findings.map((finding) => `${linesOf(finding).join('\n')}\n`)
  return [...told, `${sums.join(', ')}.`].join('\n')
}

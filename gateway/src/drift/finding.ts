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

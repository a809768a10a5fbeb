import { type Finding, type Severity, severities } from './finding.ts'

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

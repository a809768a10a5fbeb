/**
 * A place where a service's document and what is made of it do not agree. A document with an `error` never
 * replaces a sound copy. A `warning` names what is left out or read in another way. `drift` is between the table and
 * the document.
 */
export interface Finding {
  service: string
  /** Where in the service's document (RFC 6901); empty for the whole of it. */
  pointer: string
  /** What is wrong there, and what to do about it, in sentences. */
  message: string
  level: 'error' | 'warning' | 'drift'
}

/** Reports a finding of one document, with its place. */
export type Report = (level: Finding['level'], trail: Trail, message: string) => void

/** The way to a place in a document, from the place back to the root (null). */
export type Trail = { readonly up: Trail; readonly key: string | number } | null

/** A key as RFC 6901 writes it. */
export function escaped(key: string | number): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The JSON pointer of a place: `/paths/~1users/get`. */
export function pointerOf(trail: Trail): string {
  const keys: string[] = []
  for (let at = trail; at !== null; at = at.up) keys.push(`/${escaped(at.key)}`)
  return keys.reverse().join('')
}

/** A finding as one line: `orders #/paths/~1orders/get/parameters: The value is not a list. Write a list.` */
export function sentenceOf({ service, pointer, message, level }: Finding): string {
  const place = pointer === '' || level === 'drift' ? '' : ` #${pointer}`
  return `${service}${place}: ${message}`
}

const most = 50

/** Gathers the findings of one service; after fifty of a level it only counts. */
export function createFindings(service: string) {
  const found: Finding[] = []
  const counts = { error: 0, warning: 0, drift: 0 }
  const report: Report = (level, trail, message) => {
    counts[level] += 1
    if (counts[level] <= most) found.push({ service, pointer: pointerOf(trail), message, level })
  }
  return {
    report,
    all(): Finding[] {
      const more = (['error', 'warning'] as const).flatMap((level): Finding[] => {
        const left = counts[level] - most
        return left > 0
          ? [
              {
                service,
                pointer: '',
                message: `The document has ${left} more findings of this level. Correct the others first.`,
                level
              }
            ]
          : []
      })
      return [...found, ...more]
    }
  }
}

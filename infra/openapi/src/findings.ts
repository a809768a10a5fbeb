/**
 * A place where a service's document and what is made of it do not agree. An `error` is a fault of the document:
 * one that has any never replaces a sound copy. A `warning` tells what is left out or read in another way. `drift`
 * is between the table and the document.
 */
export interface Finding {
  service: string
  /** Where in the service's document (RFC 6901); empty for the whole of it. */
  pointer: string
  /** What is wrong there, as the end of a sentence: `is no object`. */
  fault: string
  level: 'error' | 'warning' | 'drift'
}

/** Told about a fault of one document, where it is met. */
export type Report = (level: Finding['level'], trail: Trail, fault: string) => void

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

/** A finding as one line: `orders: #/paths/~1orders/get/parameters is no list`. */
export function sentenceOf({ service, pointer, fault, level }: Finding): string {
  if (level === 'drift') return `${service}: ${fault}`
  return `${service}: ${pointer === '' ? 'its document' : `#${pointer}`} ${fault}`
}

const most = 50

/** Gathers the findings of one service; after fifty of a level it only counts. */
export function createFindings(service: string) {
  const found: Finding[] = []
  const counts = { error: 0, warning: 0, drift: 0 }
  const report: Report = (level, trail, fault) => {
    counts[level] += 1
    if (counts[level] <= most) found.push({ service, pointer: pointerOf(trail), fault, level })
  }
  return {
    report,
    all(): Finding[] {
      const more = (['error', 'warning'] as const).flatMap((level): Finding[] => {
        const left = counts[level] - most
        return left > 0
          ? [{ service, pointer: '', fault: `has ${left} more like these`, level }]
          : []
      })
      return [...found, ...more]
    }
  }
}

import type { Place } from './place.ts'

/** A way in which a value of one schema (`sub`) may be none of the other (`sup`), with what each says there. */
export interface Fault {
  rule: string
  sub: Side
  sup: Side
}

export interface Side {
  pointer: string
  says: string
}

/** Makes a fault out of a rule and of what stands on both sides. */
export function fault(rule: string, sub: [Place, string], sup: [Place, string]): Fault {
  const side = ([{ pointer }, says]: [Place, string]): Side => ({ pointer, says })
  return { rule, sub: side(sub), sup: side(sup) }
}

/** Each fault once. */
export function unique(faults: readonly Fault[]): Fault[] {
  const keyed = faults.map(
    (one) => [`${one.rule} ${one.sub.pointer} ${one.sup.pointer}`, one] as const
  )
  return [...new Map(keyed).values()]
}

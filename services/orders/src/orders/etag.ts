interface Versioned {
  version: number
}

const tag = /^(W\/)?"v([1-9][0-9]{0,8})"$/

/** The strong validator of an order (RFC 9110 8.8.3): every change counts its version up. */
export function etagOf({ version }: Versioned): string {
  return `"v${version}"`
}

function tagsIn(header: string) {
  return header.split(',').map((item) => tag.exec(item.trim()))
}

/** The conditions of a request to change something (RFC 9110 13.1). */
export interface Conditions {
  'if-match'?: string | undefined
  'if-none-match'?: string | undefined
}

/** Says whether an `if-match` names this version; a weak tag does not (RFC 9110 13.1.1), nor one that is not ours. */
function matches({ version }: Versioned, ifMatch: string | undefined): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true
  return tagsIn(ifMatch).some((found) => found && !found[1] && Number(found[2]) === version)
}

/** Says whether an order may be changed under these conditions. */
export function allows(conditions: Conditions, order: Versioned): boolean {
  return matches(order, conditions['if-match']) && !isKnown(order, conditions['if-none-match'])
}

/** Says whether an `if-none-match` names this version; weak tags count (RFC 9110 13.1.2). */
export function isKnown({ version }: Versioned, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  return tagsIn(ifNoneMatch).some((found) => Number(found?.[2]) === version)
}

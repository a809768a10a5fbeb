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

/**
 * The versions that an `if-match` allows, null where any will do. A weak tag allows none (RFC 9110 13.1.1),
 * nor does a tag that is not ours.
 */
export function versionsMatching(ifMatch: string | undefined): number[] | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null
  return tagsIn(ifMatch).flatMap((found) => (found && !found[1] ? Number(found[2]) : []))
}

/** Says whether an `if-none-match` names this version; weak tags count (RFC 9110 13.1.2). */
export function isKnown({ version }: Versioned, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  return tagsIn(ifNoneMatch).some((found) => Number(found?.[2]) === version)
}

import type { Fault } from './fault.ts'
import type { Flat } from './flat.ts'
import { below, membersOf, type Place } from './place.ts'
import type { Within } from './subset.ts'

const prefixesOf = ({ said }: Flat): Place[] =>
  (said.get('prefixItems') ?? []).map(({ place }) => place)

const prefixLength = (flat: Flat) =>
  Math.max(0, ...prefixesOf(flat).map((place) => membersOf(place).length))

/** What holds for the item at an index. */
function itemAt(flat: Flat, index: number): Place[] {
  const prefixes = prefixesOf(flat).map((place) => below(place, index))
  const own = prefixes.filter(({ node }) => node !== undefined)
  return own.length > 0 ? own : [...flat.items]
}

const longest = ({ said }: Flat) =>
  Math.min(
    ...(said.get('maxItems') ?? []).map(({ value }) => Number(value)),
    Number.POSITIVE_INFINITY
  )

/** The ways in which the items of one array may be none of the other's. */
export function arrayFaults(one: Flat, sup: Flat, within: Within): Fault[] {
  const fixed = Math.max(prefixLength(one), prefixLength(sup))
  const indices = Array.from({ length: fixed + 1 }, (_, index) => index)
  return indices
    .filter((index) => index < longest(one))
    .flatMap((index) => {
      const sub = { places: itemAt(one, index), at: below(one.place, 'items') }
      return within(sub, { places: itemAt(sup, index), at: below(sup.place, 'items') })
    })
}

import { type Fault, fault } from './fault.ts'
import type { Flat } from './flat.ts'
import { below, type Place } from './place.ts'
import { additionalOf, isOnly, knownNames, knows, propertyOf } from './shapes.ts'
import type { Direction, Within } from './subset.ts'

const at = ({ place }: Flat, name: string): Place => below(place, 'properties', name)

const isRefused = (places: readonly Place[]) => places.some(({ node }) => node === false)

/** Whether fields without a name may be sent, and are of a kind. */
function isMap(flat: Flat): boolean {
  const places = additionalOf(flat)
  return places.length > 0 && !isRefused(places)
}

/** A property that only one of the sides knows; null where its values are to be compared. */
function knownByOne(one: Flat, sup: Flat, name: string, direction: Direction): Fault[] | null {
  const [ours, theirs] = [knows(one, name), knows(sup, name)]
  if (ours && theirs) return null
  if (direction === 'response') {
    // Clients do not mind what they do not know; they miss what they do.
    if (ours) return isMap(sup) ? null : []
    return [fault('removed', [at(one, name), 'not there'], [at(sup, name), 'there'])]
  }
  // Nobody has sent what had no name, but for the entries of a map.
  if (theirs) return isMap(one) ? null : []
  if (isMap(sup) || isRefused(propertyOf(one, name))) return null
  const rule = isRefused(propertyOf(sup, name)) ? 'refused' : 'ignored'
  return [fault(rule, [at(one, name), 'taken'], [at(sup, name), rule])]
}

function propertyFaults(one: Flat, sup: Flat, direction: Direction, within: Within): Fault[] {
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly'
  const names = new Set([...knownNames(one), ...knownNames(sup)])
  return [...names].flatMap((name) => {
    const [sub, meant] = [propertyOf(one, name), propertyOf(sup, name)]
    if (isOnly(flag, meant)) return []
    const known = knownByOne(one, sup, name, direction)
    if (known) return known
    return within({ places: sub, at: at(one, name) }, { places: meant, at: at(sup, name) })
  })
}

function requiredFaults(one: Flat, sup: Flat, direction: Direction): Fault[] {
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly'
  const missing = [...sup.required].filter((name) => !one.required.has(name))
  const told = (name: string) => direction === 'response' && knows(sup, name) && !knows(one, name)
  return missing
    .filter((name) => !isOnly(flag, propertyOf(sup, name)) && !told(name))
    .map((name) => fault('required', [at(one, name), 'optional'], [at(sup, name), 'required']))
}

/** Properties that have no name in the schemas: of maps, and those that a closed object refuses. */
function additionalFaults(one: Flat, sup: Flat, direction: Direction, within: Within): Fault[] {
  const [sub, meant] = [additionalOf(one), additionalOf(sup)]
  if (isRefused(sub)) return []
  if (isRefused(meant)) {
    if (direction === 'response') return []
    return [
      fault(
        'closed',
        [one.place, 'unknown fields are taken'],
        [sup.place, 'unknown fields are refused']
      )
    ]
  }
  const where = (flat: Flat) => below(flat.place, 'additionalProperties')
  return within({ places: sub, at: where(one) }, { places: meant, at: where(sup) })
}

/** The ways in which an object of the one schema may be none of the other. */
export function objectFaults(one: Flat, sup: Flat, direction: Direction, within: Within): Fault[] {
  return [
    ...propertyFaults(one, sup, direction, within),
    ...requiredFaults(one, sup, direction),
    ...additionalFaults(one, sup, direction, within)
  ]
}

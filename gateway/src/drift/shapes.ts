import { isObject } from '../docs/json.ts'
import type { Flat, Shape } from './flat.ts'
import { below, followed, keysOf, type Place } from './place.ts'

function matching({ patterns }: Shape, name: string): Place[] {
  return keysOf(patterns)
    .filter((pattern) => RegExp(pattern, 'u').test(name))
    .map((pattern) => below(patterns, pattern))
}

function named(shape: Shape, name: string): Place[] {
  const own = below(shape.properties, name)
  return [...(own.node === undefined ? [] : [own]), ...matching(shape, name)]
}

/** The names of all properties that an object schema knows. */
export function knownNames({ shapes }: Flat): Set<string> {
  return new Set(shapes.flatMap(({ properties }) => keysOf(properties)))
}

/** Whether a schema says of a property by its name what it is. */
export function knows({ shapes }: Flat, name: string): boolean {
  return shapes.some((shape) => named(shape, name).length > 0)
}

/** All that holds for the value of a property; nothing where it may be anything. */
export function propertyOf({ shapes }: Flat, name: string): Place[] {
  return shapes.flatMap((shape) => {
    const own = named(shape, name)
    const other = shape.additional.node === undefined ? [] : [shape.additional]
    return own.length > 0 ? own : other
  })
}

/** What holds for properties that a schema does not name; nothing where they may be anything. */
export function additionalOf({ shapes }: Flat): Place[] {
  return shapes.map(({ additional }) => additional).filter(({ node }) => node !== undefined)
}

/** Whether a property is only of answers (`readOnly`) or only of requests (`writeOnly`). */
export function isOnly(flag: 'readOnly' | 'writeOnly', places: readonly Place[]): boolean {
  const says = ({ node }: Place) => isObject(node) && node[flag] === true
  return places.some((place) => says(place) || says(followed(place)))
}

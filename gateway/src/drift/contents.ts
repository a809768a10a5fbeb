import { isObject, objectIn } from '../docs/json.ts'
import { type Change, change, changeOf } from './change.ts'
import { below, followed, keysOf, type Place } from './place.ts'
import type { Direction, Within } from './subset.ts'

export type Compare = Record<Direction, Within>

const meant = (schema: Place) => ({ places: schema.node === undefined ? [] : [schema], at: schema })

const bare = (type: string) => type.split(';')[0]?.trim().toLowerCase() ?? ''

/** A media type among others, whatever its parameters and case. */
function same(content: Place, type: string): Place | null {
  const like = keysOf(content).filter((key) => bare(key) === bare(type))
  const key = like.includes(type) ? type : like[0]
  return key === undefined ? null : below(content, key)
}

/** What became of the media types of a body and of their schemas. */
function contentChanges(
  before: Place,
  now: Place,
  direction: Direction,
  what: string,
  compare: Compare
): Change[] {
  const [old, fresh] = [below(before, 'content'), below(now, 'content')]
  const kept = keysOf(old).flatMap((type) => {
    const place = below(old, type)
    const successor = same(fresh, type)
    const message = `${what} is no ${type} any more`
    if (successor === null) {
      return [
        change(
          'breaking',
          `${direction}-media-type-removed`,
          message,
          [place, 'there'],
          [fresh, 'not there']
        )
      ]
    }
    const [one, other] = [meant(below(place, 'schema')), meant(below(successor, 'schema'))]
    const faults =
      direction === 'request' ? compare.request(one, other) : compare.response(other, one)
    return faults.map((fault) => changeOf(fault, direction, what))
  })
  const added = keysOf(fresh)
    .filter((type) => same(old, type) === null)
    .map((type) => {
      const message = `${what} may be ${type} as well`
      const place = below(fresh, type)
      return change(
        'information',
        `${direction}-media-type-added`,
        message,
        [old, 'not there'],
        [place, 'there']
      )
    })
  return [...kept, ...added]
}

/** What became of the body that an operation takes. */
export function bodyChanges(before: Place, now: Place, compare: Compare): Change[] {
  const [old, fresh] = [before, now].map((place) => followed(below(place, 'requestBody'))) as [
    Place,
    Place
  ]
  const [had, has] = [isObject(old.node), isObject(fresh.node)]
  const isRequired = ({ node }: Place) => objectIn(node).required === true
  const say = (place: Place) =>
    isObject(place.node) ? (isRequired(place) ? 'required' : 'optional') : 'no body'
  const sides = [
    [old, say(old)] as [Place, string],
    [fresh, say(fresh)] as [Place, string]
  ] as const
  if (had && !has)
    return [change('breaking', 'request-body-removed', 'no body is taken any more', ...sides)]
  if (!had && has && !isRequired(fresh))
    return [change('information', 'request-body-added', 'a body may be sent now', ...sides)]
  const demanded = !isRequired(old) && isRequired(fresh)
  return [
    ...(demanded
      ? [change('breaking', 'request-body-required', 'a body has to be sent now', ...sides)]
      : []),
    ...(had && has ? contentChanges(old, fresh, 'request', 'the body', compare) : [])
  ]
}

/** What became of the header fields of an answer; their names have no case. */
function headerChanges(before: Place, now: Place, what: string, compare: Compare): Change[] {
  const [old, fresh] = [below(before, 'headers'), below(now, 'headers')]
  return keysOf(old).flatMap((name) => {
    const place = followed(below(old, name))
    const key = keysOf(fresh).find((key) => key.toLowerCase() === name.toLowerCase())
    if (key === undefined) {
      const message = `the header ${name} of ${what} is gone`
      return [
        change(
          'breaking',
          'response-header-removed',
          message,
          [place, 'there'],
          [fresh, 'not there']
        )
      ]
    }
    const successor = followed(below(fresh, key))
    const faults = compare.response(
      meant(below(successor, 'schema')),
      meant(below(place, 'schema'))
    )
    const required = (each: Place) => objectIn(each.node).required === true
    const message = `the header ${name} of ${what} may be missing now`
    const missing = change(
      'breaking',
      'response-header-optional',
      message,
      [place, 'required'],
      [successor, 'optional']
    )
    return [
      ...(required(place) && !required(successor) ? [missing] : []),
      ...faults.map((fault) => changeOf(fault, 'response', `the header ${name}`))
    ]
  })
}

/** What became of one answer. */
export function answerChanges(before: Place, now: Place, what: string, compare: Compare): Change[] {
  return [
    ...contentChanges(before, now, 'response', what, compare),
    ...headerChanges(before, now, what, compare)
  ]
}

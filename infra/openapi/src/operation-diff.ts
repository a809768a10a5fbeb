import { type Change, change, changeOf } from './change.ts'
import { canonical, isObject, objectIn, writeJson } from './json.ts'
import { below, followed, keysOf, membersOf, type Place } from './location.ts'
import { namesIn, type Operation } from './paths.ts'
import type { Direction, Within } from './structure-diff.ts'

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
    const mismatches =
      direction === 'request' ? compare.request(one, other) : compare.response(other, one)
    return mismatches.map((mismatch) => changeOf(mismatch, direction, what))
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
    const mismatches = compare.response(
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
      ...mismatches.map((mismatch) => changeOf(mismatch, 'response', `the header ${name}`))
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

interface Parameter {
  /** `query limit`, or `path 0`: what a path parameter is called is nobody's business. */
  key: string
  name: string
  place: Place
  isRequired: boolean
  schema: Place
}

function parameterAt(place: Place, path: string): Parameter | null {
  const found = followed(place)
  if (!isObject(found.node)) return null
  const { in: where, name, required } = found.node
  const called = where === 'header' ? String(name).toLowerCase() : String(name)
  const key = where === 'path' ? namesIn(path).indexOf(called) : called
  const content = below(found, 'content')
  const [type = ''] = keysOf(content)
  const schema = type === '' ? below(found, 'schema') : below(content, type, 'schema')
  const named = `the ${where} parameter ${name}`
  return {
    key: `${where} ${key}`,
    name: named,
    place: found,
    isRequired: required === true,
    schema
  }
}

function parametersOf({ place, item, path }: Operation): Map<string, Parameter> {
  const places = [...membersOf(below(item, 'parameters')), ...membersOf(below(place, 'parameters'))]
  const found = places.map((each) => parameterAt(each, path)).filter((each) => each !== null)
  return new Map(found.map((parameter) => [parameter.key, parameter]))
}

/** How a value is written into the request (OpenAPI 3.1, section 4.8.12.2), with its defaults. */
function writing({ place }: Parameter): string {
  const { in: where, style, explode, allowReserved = false } = objectIn(place.node)
  const written = style ?? (where === 'query' || where === 'cookie' ? 'form' : 'simple')
  return `style ${written}, explode ${explode ?? written === 'form'}, allowReserved ${allowReserved}`
}

function changed(before: Parameter, now: Parameter, within: Within): Change[] {
  const { name } = before
  const demanded = !before.isRequired && now.isRequired
  const required = change(
    'breaking',
    'parameter-required',
    `${name} has to be sent now`,
    [before.place, 'optional'],
    [now.place, 'required']
  )
  const sides = [writing(before), writing(now)] as const
  const written = change(
    'breaking',
    'parameter-style',
    `${name} is written in another way`,
    [before.place, sides[0]],
    [now.place, sides[1]]
  )
  const [was, is] = [before, now].map(({ schema }) => below(followed(schema), 'default')) as [
    Place,
    Place
  ]
  const redefined = change(
    'warning',
    'parameter-default',
    `${name} means another value where it is not sent`,
    [was, writeJson(was.node)],
    [is, writeJson(is.node)]
  )
  const meant = ({ schema }: Parameter) => ({
    places: schema.node === undefined ? [] : [schema],
    at: schema
  })
  return [
    ...(demanded ? [required] : []),
    ...(sides[0] === sides[1] ? [] : [written]),
    ...(canonical(was.node) === canonical(is.node) ? [] : [redefined]),
    ...within(meant(before), meant(now)).map((mismatch) => changeOf(mismatch, 'request', name))
  ]
}

function parameterAdded({ name, place, isRequired }: Parameter, operation: Operation): Change {
  const nothing: [Place, string] = [below(operation.place, 'parameters'), 'not there']
  return isRequired
    ? change('breaking', 'parameter-added', `${name} has to be sent now`, nothing, [
        place,
        'required'
      ])
    : change('information', 'parameter-added', `${name} is new`, nothing, [place, 'optional'])
}

function parameterRemoved({ name, place }: Parameter, operation: Operation): Change {
  const nothing: [Place, string] = [below(operation.place, 'parameters'), 'not there']
  return change('breaking', 'parameter-removed', `${name} is gone`, [place, 'there'], nothing)
}

/** What became of the parameters of an operation. `within` compares as requests do. */
export function parameterChanges(before: Operation, now: Operation, within: Within): Change[] {
  const [old, fresh] = [parametersOf(before), parametersOf(now)]
  return [
    ...[...old].flatMap(([key, parameter]) => {
      const successor = fresh.get(key)
      return successor ? changed(parameter, successor, within) : [parameterRemoved(parameter, now)]
    }),
    ...[...fresh]
      .filter(([key]) => !old.has(key))
      .map(([, parameter]) => parameterAdded(parameter, before))
  ]
}

/** Whether a status is what a caller hopes for: not an error. */
const isHopedFor = (status: string) => /^[123]/.test(status)

/** What describes a status: its own entry, that of its class, or the one for all others. */
function describing(responses: Place, status: string): Place | null {
  const keys = keysOf(responses)
  const key = [status, `${status[0]}XX`, 'default'].find((each) => keys.includes(each))
  return key === undefined ? null : followed(below(responses, key))
}

function responseRemoved(status: string, place: Place, responses: Place): Change {
  const severity = isHopedFor(status) ? 'breaking' : 'information'
  const message = `${status} is not answered any more`
  return change(
    severity,
    'response-status-removed',
    message,
    [place, 'there'],
    [responses, 'not there']
  )
}

function responseAdded(status: string, place: Place, responses: Place): Change {
  const severity = isHopedFor(status) ? 'warning' : 'information'
  const message = `${status} may be answered now`
  return change(
    severity,
    'response-status-added',
    message,
    [responses, 'not there'],
    [place, 'there']
  )
}

/** Whether a class of statuses (`2XX`, `default`) has become some of its members. */
function isNarrowed(status: string, responses: Place): boolean {
  const members = keysOf(responses).filter((key) => key[0] === status[0])
  return status.endsWith('XX') && members.length > 0
}

/** What became of the answers of an operation. */
export function responseChanges(before: Place, now: Place, compare: Compare): Change[] {
  const [old, fresh] = [below(before, 'responses'), below(now, 'responses')]
  const statuses = new Set([...keysOf(old), ...keysOf(fresh)])
  return [...statuses].flatMap((status) => {
    const [was, is] = [describing(old, status), describing(fresh, status)]
    if (was && is) return answerChanges(was, is, `the answer ${status}`, compare)
    if (is) return [responseAdded(status, is, old)]
    return was && !isNarrowed(status, fresh) ? [responseRemoved(status, was, fresh)] : []
  })
}

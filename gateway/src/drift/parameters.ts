import { isObject, objectIn } from '../docs/json.ts'
import { namesIn } from '../docs/templates.ts'
import { type Change, change, changeOf } from './change.ts'
import type { Operation } from './operations.ts'
import { below, followed, keysOf, membersOf, type Place } from './place.ts'
import type { Within } from './subset.ts'

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
  const meant = ({ schema }: Parameter) => ({
    places: schema.node === undefined ? [] : [schema],
    at: schema
  })
  return [
    ...(demanded ? [required] : []),
    ...(sides[0] === sides[1] ? [] : [written]),
    ...within(meant(before), meant(now)).map((fault) => changeOf(fault, 'request', name))
  ]
}

function added({ name, place, isRequired }: Parameter, operation: Operation): Change {
  const nothing: [Place, string] = [below(operation.place, 'parameters'), 'not there']
  return isRequired
    ? change('breaking', 'parameter-added', `${name} has to be sent now`, nothing, [
        place,
        'required'
      ])
    : change('information', 'parameter-added', `${name} is new`, nothing, [place, 'optional'])
}

function removed({ name, place }: Parameter, operation: Operation): Change {
  const nothing: [Place, string] = [below(operation.place, 'parameters'), 'not there']
  return change('breaking', 'parameter-removed', `${name} is gone`, [place, 'there'], nothing)
}

/** What became of the parameters of an operation. `within` compares as requests do. */
export function parameterChanges(before: Operation, now: Operation, within: Within): Change[] {
  const [old, fresh] = [parametersOf(before), parametersOf(now)]
  return [
    ...[...old].flatMap(([key, parameter]) => {
      const successor = fresh.get(key)
      return successor ? changed(parameter, successor, within) : [removed(parameter, now)]
    }),
    ...[...fresh].filter(([key]) => !old.has(key)).map(([, parameter]) => added(parameter, before))
  ]
}

import { type Change, change, type Finding, gathered } from './change.ts'
import { type Json, objectIn } from './json.ts'
import { below, type Place, rootOf } from './location.ts'
import { bodyChanges, parameterChanges, responseChanges } from './operation-diff.ts'
import { type Operation, operationsIn } from './paths.ts'
import { createSubset } from './schema-diff.ts'
import { createMeanings } from './schema-equality.ts'

type Compare = ReturnType<typeof compares>

/** Compares what only the caller knows of an operation, such as who may use it. */
export type OperationComparer = (before: Place, now: Place) => readonly Change[]

function compares(before: Json, now: Json) {
  const areSame = createMeanings([before, now])
  return {
    request: createSubset('request', areSame),
    response: createSubset('response', areSame)
  }
}

function metaChanges(before: Operation, now: Operation): Change[] {
  const [old, fresh] = [objectIn(before.place.node), objectIn(now.place.node)]
  const renamed = old.operationId !== undefined && old.operationId !== fresh.operationId
  const retired = old.deprecated !== true && fresh.deprecated === true
  return [
    ...(renamed
      ? [
          change(
            'warning',
            'operation-id-changed',
            'generated clients know it by another name',
            [below(before.place, 'operationId'), `${old.operationId}`],
            [below(now.place, 'operationId'), `${fresh.operationId}`]
          )
        ]
      : []),
    ...(retired
      ? [
          change(
            'information',
            'operation-deprecated',
            'it is deprecated now',
            [before.place, 'current'],
            [now.place, 'deprecated']
          )
        ]
      : [])
  ]
}

function operationChanges(
  before: Operation,
  now: Operation,
  compare: Compare,
  further: OperationComparer
): Change[] {
  return [
    ...further(before.place, now.place),
    ...parameterChanges(before, now, compare.request),
    ...bodyChanges(before.place, now.place, compare),
    ...responseChanges(before.place, now.place, compare),
    ...metaChanges(before, now)
  ]
}

/** Prefixes that do not mean any more what they meant: to their callers every operation is gone. */
function aliasChanges(before: Json, now: Json): Finding[] {
  const [old, fresh] = [objectIn(before['x-aliases']), objectIn(now['x-aliases'])]
  const at = (document: Json) => below(rootOf(document), 'x-aliases')
  return Object.entries(old)
    .filter(([from, to]) => fresh[from] !== to)
    .map(([from, to]) => {
      const message = `paths under ${from} do not mean those under ${to} any more`
      const is = fresh[from] === undefined ? 'not there' : `${fresh[from]}`
      const sides = [
        [at(before), `${to}`] as [Place, string],
        [at(now), is] as [Place, string]
      ] as const
      return { ...change('breaking', 'alias-removed', message, ...sides), subjects: [from] }
    })
}

/**
 * What has changed for callers between two documents of one API. Both are OpenAPI 3.1 whose references lead inside.
 * What a request may be is allowed to grow, what an answer may be is allowed to shrink; all else breaks somebody.
 */
export function changesBetween(
  before: Json,
  now: Json,
  further: OperationComparer = () => []
): Finding[] {
  const compare = compares(before, now)
  const [old, fresh] = [operationsIn(before), operationsIn(now)]
  const said = ({ name }: Operation, changes: Change[]) =>
    changes.map((each): Finding => ({ ...each, subjects: [name] }))
  const kept = [...old].flatMap(([key, operation]) => {
    const successor = fresh.get(key)
    if (successor) return said(operation, operationChanges(operation, successor, compare, further))
    const gone = below(rootOf(now), 'paths')
    const message = 'the operation is gone'
    return said(operation, [
      change(
        'breaking',
        'operation-removed',
        message,
        [operation.place, 'there'],
        [gone, 'not there']
      )
    ])
  })
  const added = [...fresh]
    .filter(([key]) => !old.has(key))
    .flatMap(([, operation]) => {
      const nothing = below(rootOf(before), 'paths')
      return said(operation, [
        change(
          'information',
          'operation-added',
          'the operation is new',
          [nothing, 'not there'],
          [operation.place, 'there']
        )
      ])
    })
  return gathered([...aliasChanges(before, now), ...kept, ...added])
}

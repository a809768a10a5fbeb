import { misfit } from './fields.ts'
import type { Report, Trail } from './finding.ts'
import { type Kind, placeOf } from './grammar.ts'
import { isObject, type Json } from './json.ts'
import { modernise } from './modernise.ts'
import { faultOfReference } from './normalise.ts'
import { scopesOf } from './scopes.ts'
import { eachPart } from './survey.ts'
import { checkTwins } from './twins.ts'

const places = ['query', 'header', 'path', 'cookie']

/** What a part of this kind cannot be without. */
function lackOf(node: Json, kind: Kind): string | null {
  if (kind !== 'parameter' || node.$ref !== undefined) return null
  if (typeof node.name !== 'string') return 'has no name'
  return places.includes(String(node.in)) ? null : 'is in none of query, header, path and cookie'
}

function isPart(value: unknown, kind: Kind): value is Json | boolean {
  return isObject(value) || (kind === 'schema' && typeof value === 'boolean')
}

/**
 * Tells every fault of a document that is OpenAPI by its looks (`refusalOf`). What is an `error` makes parts of it
 * meaningless; what is a `warning` is left out, and the rest keeps its meaning. Null counts as absent.
 */
export function validate(document: Json, report: Report) {
  const scopes = scopesOf(document)
  const wrong = (trail: Trail, fault: string) => report('error', trail, fault)

  function checkReference(node: Json, kind: Kind, trail: Trail) {
    for (const key of ['$ref', '$dynamicRef']) {
      const reference = node[key]
      if (reference === undefined || (key === '$dynamicRef' && kind !== 'schema')) continue
      const at = { up: trail, key }
      if (typeof reference !== 'string') {
        wrong(at, 'is no string')
        continue
      }
      const pointer = scopes.pointerOf(node, reference)
      const fault = faultOfReference(document, pointer ?? localOf(reference), kind)
      if (fault !== null)
        report(pointer === undefined && !reference.startsWith('#') ? 'warning' : 'error', at, fault)
    }
  }

  function checkFields(node: Json, kind: Kind, trail: Trail) {
    for (const [key, value] of Object.entries(node)) {
      if (value === null || key === '$ref' || placeOf(kind, key) !== undefined) continue
      const fault = misfit(kind, key, value)
      if (fault !== null) report('warning', { up: trail, key }, fault)
    }
  }

  function check(value: unknown, kind: Kind, trail: Trail) {
    if (value === null) return report('warning', trail, 'is null')
    if (!isPart(value, kind)) return wrong(trail, 'is no object')
    if (typeof value === 'boolean') return
    const node = kind === 'schema' ? modernise(value, scopes.dialectOf(value)) : value
    const lack = lackOf(node, kind)
    if (lack !== null) wrong(trail, lack)
    checkReference(value, kind, trail)
    checkFields(node, kind, trail)
    eachPart(node, kind, trail, check, wrong)
  }

  check(document, 'document', null)
  checkTwins(document, report)
}

/** A reference within the document, for the report; one that leads out may name an internal host. */
function localOf(reference: string): string | undefined {
  return reference.startsWith('#') ? reference : undefined
}

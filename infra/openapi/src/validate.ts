import type { Report, Trail } from './findings.ts'
import { follow, isObject, type Json, listIn, objectIn } from './json.ts'
import { isUnknown, type Kind, methods, misfit, placeOf } from './objects.ts'
import { namesIn, operationsOf, shapeOf } from './paths.ts'
import { scopesOf } from './references.ts'
import { eachPart } from './traverse.ts'
import { danglesIn, faultOfReference, isStatus, modernise, schemaNamed } from './upgrade.ts'

const maxDepth = 200

/** Whether a value nests deeper than is safe to walk, which is as deep as this looks. */
function tooDeep(value: unknown, left = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  return Object.values(value).some((part) => tooDeep(part, left - 1))
}

/** Why a value is no OpenAPI document that can be combined, and where; null where it is one. */
export function refusalOf(document: unknown): { trail: Trail; fault: string } | null {
  const at = (key: string, fault: string) => ({ trail: { up: null, key }, fault })
  const whole = (fault: string) => ({ trail: null, fault })
  if (!isObject(document)) return whole('is not a JSON object')
  const { openapi, swagger, paths, components } = document
  if (swagger !== undefined) return at('swagger', 'says Swagger 2.0, not OpenAPI 3')
  if (typeof openapi !== 'string') return whole('has no field openapi')
  if (!/^3\.[012]\.\d+/.test(openapi))
    return at('openapi', 'is neither OpenAPI 3.0 nor 3.1 nor 3.2')
  if (!isObject(paths ?? {})) return at('paths', 'is no object')
  if (paths === undefined && openapi.startsWith('3.0')) return whole('has no paths')
  if (!isObject(components ?? {})) return at('components', 'is no object')
  if (tooDeep(document)) return whole(`nests deeper than ${maxDepth} levels`)
  return null
}

/**
 * Tells paths without a slash, and operations whose paths differ from another's in the names of their parameters alone.
 * OpenAPI calls such paths identical (section "Paths Object"), so that only the first can be described.
 */
export function checkPaths(document: Json, report: Report) {
  for (const path of Object.keys(objectIn(document.paths))) {
    const trail = { up: { up: null, key: 'paths' }, key: path }
    if (!/^(\/|x-)/.test(path))
      report('warning', trail, 'has no slash at its start; it is read with one')
  }
  const first = new Map<string, string>()
  for (const { method, templates } of operationsOf(document)) {
    const path = templates.at(-1) ?? ''
    const request = `${method} ${shapeOf(path)}`
    const known = first.get(request)
    first.set(request, known ?? path)
    if (known === undefined) continue
    const trail = { up: { up: { up: null, key: 'paths' }, key: path }, key: method }
    report('warning', trail, `is the same operation as that of ${known}, which is described`)
  }
}

const places = ['query', 'header', 'path', 'cookie']

/** What a part of this kind cannot be without. */
function lackOf(node: Json, kind: Kind): string | null {
  if (kind !== 'parameter' || node.$ref !== undefined) return null
  if (typeof node.name !== 'string') return 'has no name'
  if (node.in === 'querystring') return null
  return places.includes(String(node.in)) ? null : 'is in none of query, header, path and cookie'
}

function isPart(value: unknown, kind: Kind): value is Json | boolean {
  return isObject(value) || (kind === 'schema' && typeof value === 'boolean')
}

function checkStatuses({ responses }: Json, trail: Trail, report: Report) {
  for (const key of Object.keys(objectIn(responses))) {
    const at = { up: { up: trail, key: 'responses' }, key }
    if (!isStatus(key)) report('warning', at, 'is no status of a response, and is left out')
  }
}

/**
 * Tells every fault of a document that is OpenAPI by its looks (`refusalOf`). What is an `error` makes parts of it
 * meaningless; what is a `warning` is left out, and the rest keeps its meaning. Null counts as absent.
 */
export function validate(document: Json, report: Report) {
  const scopes = scopesOf(document)
  const schemas = objectIn(objectIn(document.components).schemas)
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
      const isDynamic = key === '$dynamicRef' && scopes.hasDynamic(reference.replace(/^.*#/, ''))
      if (isDynamic || kind === 'operation') continue
      const pointer = scopes.pointerOf(node, reference)
      const fault = faultOfReference(document, pointer ?? localOf(reference), kind)
      if (fault !== null)
        report(pointer === undefined && !reference.startsWith('#') ? 'warning' : 'error', at, fault)
    }
  }

  function checkFields(node: Json, kind: Kind, trail: Trail) {
    for (const [key, value] of Object.entries(node)) {
      if (value === null || key === '$ref' || isPublicOperation(kind, key, trail)) continue
      const fault =
        lossOf(node, kind, key) ?? (placeOf(kind, key) ? null : misfit(kind, key, value))
      if (fault !== null) report('warning', { up: trail, key }, fault)
    }
  }

  /** Why a field is not in the combined document; null where it is. */
  function lossOf(node: Json, kind: Kind, key: string): string | null {
    const value = node[key]
    if (kind === 'example' && key === 'dataValue') return null
    if (isUnknown(kind, key)) return 'is no field of OpenAPI 3.1, and is left out'
    if (danglesIn(document, key, value))
      return 'has a reference that leads nowhere, and is left out'
    const isDescribed = kind === 'parameter' || kind === 'header'
    if (isDescribed && key === 'content' && node.schema !== undefined)
      return 'stands beside schema, and is left out'
    if (kind !== 'schema' || key !== 'discriminator' || !isObject(value)) return null
    if (value.defaultMapping !== undefined) return 'has a default mapping, which is left out'
    const lost = Object.values(objectIn(value.mapping)).find(
      (target) => schemaNamed(schemas, target) === null
    )
    return lost === undefined
      ? null
      : `maps to ${localOf(String(lost)) ?? 'something'}, which is no schema here`
  }

  function check(value: unknown, kind: Kind, trail: Trail) {
    if (kind === 'operation' && isObject(value) && value.$ref !== undefined)
      return report('warning', trail, 'is a reference, which no operation may be, and is left out')
    if (value === null) return report('warning', trail, 'is null')
    if (!isPart(value, kind)) return wrong(trail, 'is no object')
    if (typeof value === 'boolean') return
    const node = kind === 'schema' ? modernise(value, scopes.dialectOf(value)) : value
    const lack = lackOf(node, kind)
    if (lack !== null) wrong(trail, lack)
    if (kind === 'parameter' && node.in === 'querystring')
      report('warning', trail, 'cannot be said in OpenAPI 3.1, and is left out')
    if (kind === 'operation') checkStatuses(node, trail, report)
    checkReference(value, kind, trail)
    checkFields(node, kind, trail)
    eachPart(node, kind, trail, check, wrong)
  }

  check(document, 'document', null)
  checkPaths(document, report)
}

/** Operations of OpenAPI 3.2 below `paths` are published, if a route leads to them. */
function isPublicOperation(kind: Kind, key: string, trail: Trail): boolean {
  const isNew = kind === 'pathItem' && (key === 'query' || key === 'additionalOperations')
  return isNew && trail?.up?.key === 'paths' && trail.up.up === null
}

/** A reference within the document, for the report; one that leads out may name an internal host. */
function localOf(reference: string): string | undefined {
  return reference.startsWith('#') ? reference : undefined
}

/** The operations of a document, with the path that each is under. */
function operationsIn(document: Json) {
  return Object.entries(objectIn(document.paths)).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = objectIn(item)[method]
      return isObject(operation) ? [{ path, method, operation }] : []
    })
  )
}

/**
 * Throws where a combined document breaks a rule that its making is to ensure: unique operationIds, a
 * declaration for each path parameter, names that components may have. References are checked by `prune`.
 */
export function checkResult(document: Json) {
  const ids = new Set<unknown>()
  for (const { path, method, operation } of operationsIn(document)) {
    const { operationId, parameters } = operation
    if (ids.has(operationId)) throw new Error(`two operations are called ${operationId}`)
    ids.add(operationId)
    const declared = listIn(parameters)
      .map((parameter) => follow(document, parameter))
      .flatMap((parameter) => (parameter?.in === 'path' ? [String(parameter.name)] : []))
    const named = [...new Set(namesIn(path))]
    if (declared.sort().join() !== named.sort().join()) {
      throw new Error(`${method} ${path} declares the path parameters ${declared.join()}`)
    }
  }
  for (const named of Object.values(objectIn(document.components))) {
    const wrong = Object.keys(objectIn(named)).find((name) => !/^[a-zA-Z0-9._-]+$/.test(name))
    if (wrong !== undefined) throw new Error(`no component may be called ${wrong}`)
  }
}

import type { Report, Trail } from './findings.ts'
import { follow, isObject, type Json, listIn, objectIn } from './json.ts'
import { isUnknown, type Kind, methods, mismatchOf, placeOf } from './objects.ts'
import { namesIn, operationsOf, shapeOf } from './paths.ts'
import { scopesOf } from './references.ts'
import { eachPart, notObject } from './traverse.ts'
import { danglesIn, isStatus, mismatchOfReference, modernise, schemaNamed } from './upgrade.ts'

const maxDepth = 200

/** Whether a value nests deeper than is safe to walk, which is as deep as this looks. */
function tooDeep(value: unknown, left = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  return Object.values(value).some((part) => tooDeep(part, left - 1))
}

/** Why a value is no OpenAPI document that can be combined, and where; null where it is one. */
export function refusalOf(document: unknown): { trail: Trail; message: string } | null {
  const at = (key: string, message: string) => ({ trail: { up: null, key }, message })
  const whole = (message: string) => ({ trail: null, message })
  if (!isObject(document))
    return whole('The document is not a JSON object. Serve an OpenAPI document.')
  const { openapi, swagger, paths, components } = document
  if (swagger !== undefined)
    return at('swagger', 'Swagger 2.0 is not supported. Convert the document to OpenAPI 3.')
  if (typeof openapi !== 'string')
    return whole('The document has no field "openapi". Add the version, such as "3.1.0".')
  if (!/^3\.[012]\.\d+/.test(openapi))
    return at('openapi', 'The version is not OpenAPI 3.0, 3.1 or 3.2. Use one of these.')
  if (!isObject(paths ?? {})) return at('paths', notObject)
  if (paths === undefined && openapi.startsWith('3.0'))
    return whole('The document has no "paths". Add them.')
  if (!isObject(components ?? {})) return at('components', notObject)
  if (tooDeep(document))
    return whole(
      `The document nests deeper than ${maxDepth} levels. Move inner schemas to components.`
    )
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
      report(
        'warning',
        trail,
        'The path has no slash at its start and is read with one. Add the slash.'
      )
  }
  const first = new Map<string, string>()
  for (const { method, templates } of operationsOf(document)) {
    const path = templates.at(-1) ?? ''
    const request = `${method} ${shapeOf(path)}`
    const known = first.get(request)
    first.set(request, known ?? path)
    if (known === undefined) continue
    const trail = { up: { up: { up: null, key: 'paths' }, key: path }, key: method }
    report(
      'warning',
      trail,
      `The path matches the same requests as ${known}, which is shown. Remove one of the two.`
    )
  }
}

const places = ['query', 'header', 'path', 'cookie']

/** What a part of this kind cannot be without. */
function lackOf(node: Json, kind: Kind): string | null {
  if (kind !== 'parameter' || node.$ref !== undefined) return null
  if (typeof node.name !== 'string') return 'The parameter has no name. Add one.'
  if (node.in === 'querystring') return null
  return places.includes(String(node.in))
    ? null
    : 'The parameter is in none of query, header, path and cookie. Correct "in".'
}

function isPart(value: unknown, kind: Kind): value is Json | boolean {
  return isObject(value) || (kind === 'schema' && typeof value === 'boolean')
}

function checkStatuses({ responses }: Json, trail: Trail, report: Report) {
  for (const key of Object.keys(objectIn(responses))) {
    const at = { up: { up: trail, key: 'responses' }, key }
    if (!isStatus(key))
      report(
        'warning',
        at,
        'The key is not a status code and is left out. Use a code, a class such as 4XX, or default.'
      )
  }
}

/** Why a field is not in the combined document; null where it is. */
function lossOf(document: Json, node: Json, kind: Kind, key: string): string | null {
  const value = node[key]
  const schemas = objectIn(objectIn(document.components).schemas)
  if (kind === 'example' && key === 'dataValue') return null
  if (isUnknown(kind, key))
    return 'OpenAPI 3.1 does not have this field, which is left out. Remove it or begin its name with x-.'
  if (danglesIn(document, key, value))
    return 'The extension refers to a missing component and is left out. Correct the reference.'
  const isDescribed = kind === 'parameter' || kind === 'header'
  if (isDescribed && key === 'content' && node.schema !== undefined)
    return 'The field stands beside "schema" and is left out. Keep one of the two.'
  if (kind !== 'schema' || key !== 'discriminator' || !isObject(value)) return null
  if (value.defaultMapping !== undefined)
    return 'OpenAPI 3.1 does not have default mappings, and this one is left out. Map each value.'
  const lost = Object.values(objectIn(value.mapping)).find(
    (target) => schemaNamed(schemas, target) === null
  )
  return lost === undefined
    ? null
    : `The mapping names ${localOf(String(lost)) ?? 'a schema'}, which does not exist here and is left out. Correct the name.`
}

/**
 * Reports every mistake of a document that is OpenAPI by its looks (`refusalOf`). What is an `error` makes parts of it
 * meaningless; what is a `warning` is left out, and the rest keeps its meaning. Null counts as absent.
 */
export function validate(document: Json, report: Report) {
  const scopes = scopesOf(document)
  const wrong = (trail: Trail, message: string) => report('error', trail, message)

  function checkReference(node: Json, kind: Kind, trail: Trail) {
    for (const key of ['$ref', '$dynamicRef']) {
      const reference = node[key]
      if (reference === undefined || (key === '$dynamicRef' && kind !== 'schema')) continue
      const at = { up: trail, key }
      if (typeof reference !== 'string') {
        wrong(at, 'The value is not a string. Write a string.')
        continue
      }
      const isDynamic = key === '$dynamicRef' && scopes.hasDynamic(reference.replace(/^.*#/, ''))
      if (isDynamic || kind === 'operation') continue
      const pointer = scopes.pointerOf(node, reference)
      const message = mismatchOfReference(document, pointer ?? localOf(reference), kind)
      if (message !== null)
        report(
          pointer === undefined && !reference.startsWith('#') ? 'warning' : 'error',
          at,
          message
        )
    }
  }

  function checkFields(node: Json, kind: Kind, trail: Trail) {
    for (const [key, value] of Object.entries(node)) {
      if (value === null || key === '$ref' || isPublicOperation(kind, key, trail)) continue
      const message =
        lossOf(document, node, kind, key) ??
        (placeOf(kind, key) ? null : mismatchOf(kind, key, value))
      if (message !== null) report('warning', { up: trail, key }, message)
    }
  }

  function check(value: unknown, kind: Kind, trail: Trail) {
    if (kind === 'operation' && isObject(value) && value.$ref !== undefined)
      return report(
        'warning',
        trail,
        'The operation is a reference, which OpenAPI does not allow, and is left out. Write it out here.'
      )
    if (value === null)
      return report('warning', trail, 'The value is null and is left out. Remove it or fill it in.')
    if (!isPart(value, kind)) return wrong(trail, notObject)
    if (typeof value === 'boolean') return
    const node = kind === 'schema' ? modernise(value, scopes.dialectOf(value)) : value
    const lack = lackOf(node, kind)
    if (lack !== null) wrong(trail, lack)
    if (kind === 'parameter' && node.in === 'querystring')
      report(
        'warning',
        trail,
        'OpenAPI 3.1 does not have querystring parameters, and this one is left out. Declare query parameters.'
      )
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

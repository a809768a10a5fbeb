import { methods } from './grammar.ts'
import { follow, isObject, type Json, listIn, objectIn } from './json.ts'
import { namesIn } from './templates.ts'

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

import { changesBetween, type OperationComparer } from '@gatehouse/openapi/document-diff'
import { answering, documentOf } from './documents.ts'

export type Schema = object | boolean

export const text = { type: 'string' }
export const whole = { type: 'integer' }
export const closed = { additionalProperties: false }

/** The schema of an object. */
export const object = (properties: object, required: string[] = [], rest: object = {}) => ({
  type: 'object',
  properties,
  required,
  ...rest
})

/** Every finding between two documents, as `severity rule`. */
export function told(before: object, now: object, further?: OperationComparer): string[] {
  const findings = changesBetween(before as never, now as never, further)
  return findings.map(({ severity, rule }) => `${severity} ${rule}`).sort()
}

const asBody = (schema: Schema) =>
  documentOf({
    '/a': { post: { requestBody: { content: { 'application/json': { schema } } }, responses: {} } }
  })
const asAnswer = (schema: Schema) => documentOf({ '/a': { get: { responses: answering(schema) } } })

/** The rules of what breaks, without the direction that they begin with. */
function broken(before: object, now: object): string[] {
  const breaking = told(before, now).filter((line) => line.startsWith('breaking'))
  const rules = breaking.map((line) => line.replace(/^breaking (request|response)-/, ''))
  return [...new Set(rules)]
}

/** What a request and an answer have against going from one schema to the other, and back. */
export function verdicts(one: Schema, other: Schema) {
  return {
    request: broken(asBody(one), asBody(other)),
    answer: broken(asAnswer(one), asAnswer(other)),
    requestBack: broken(asBody(other), asBody(one)),
    answerBack: broken(asAnswer(other), asAnswer(one)),
    itself: [...told(asBody(other), asBody(other)), ...told(asAnswer(one), asAnswer(one))]
  }
}

/**
 * What is done, one schema, the other, what a request has against going from the first to the second, what an
 * answer has against it; then the way back.
 */
export type Row = [
  string,
  Schema,
  Schema,
  request: string[],
  answer: string[],
  requestBack: string[],
  answerBack: string[]
]

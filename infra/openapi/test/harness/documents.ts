/** A document of one or more paths. */
export function documentOf(paths: object, rest: object = {}) {
  return { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths, ...rest }
}

export const answered = { 200: { description: 'Done.' } }

/** A response of 200 with this schema, as JSON. */
export const answering = (schema: unknown) => ({
  200: { description: 'Done.', content: { 'application/json': { schema } } }
})

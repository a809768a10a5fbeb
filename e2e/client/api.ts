import assert from 'node:assert/strict'
import createClient from 'openapi-fetch'
import { baseUrl } from '../base-url.ts'
import type { components, paths } from './schema.ts'

export type Schemas = components['schemas']

/** The API as the holder of a token calls it, or as nobody; paths, bodies and answers are those of the document. */
export function apiOf(token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return createClient<paths>({ baseUrl, headers, redirect: 'manual' })
}

export type Api = ReturnType<typeof apiOf>

interface Answer<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** The body of an answer that has this status; fails for any other. */
export function bodyOf<Data>({ data, error, response }: Answer<Data>, status = 200): Data {
  assert.equal(response.status, status, JSON.stringify(error))
  assert.ok(data !== undefined, `${response.status} without a body`)
  return data
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { text, told, whole } from '../../../infra/openapi/test/harness/compare.ts'
import { accessChanges } from '../../src/openapi/policy-diff.ts'
import { documentOf } from '../harness/documents/fixture.ts'

const at = (operation: object) =>
  documentOf({ '/a/{id}': { post: { responses: {}, ...operation } } })
const taking = (...parameters: object[]) => at({ parameters })
const query = (rest: object = {}) => ({ in: 'query', name: 'q', schema: text, ...rest })
const body = (rest: object = {}, type = 'application/json') =>
  at({ requestBody: { content: { [type]: { schema: text } }, ...rest } })
const twoKinds = at({
  requestBody: {
    content: {
      'application/json': { schema: text },
      'application/json; charset=utf-8': { schema: whole }
    }
  }
})
const allowing = (...allow: string[]) => at({ 'x-gateway': { allow } })
const bearer = at({ security: [{ bearerAuth: [] }] })
const gateway = (policy: object) => at({ 'x-gateway': { allow: ['user'], ...policy } })
const rate = (limit: number, window_ms = 60_000) =>
  gateway({ rate: { limit, window_ms, per: 'ip' } })

/** [what changes, one document, another, what is told of going there, and of going back] */
const changes: [string, object, object, there: string[], back: string[]][] = [
  [
    'an operation',
    documentOf({}),
    at({}),
    ['information operation-added'],
    ['breaking operation-removed']
  ],
  [
    'the name of a path parameter',
    at({ parameters: [{ in: 'path', name: 'id', required: true, schema: text }] }),
    documentOf({
      '/a/{key}': {
        post: {
          responses: {},
          parameters: [{ in: 'path', name: 'key', required: true, schema: text }]
        }
      }
    }),
    [],
    []
  ],
  [
    'an optional parameter',
    at({}),
    taking(query()),
    ['information parameter-added'],
    ['breaking parameter-removed']
  ],
  [
    'a required parameter',
    at({}),
    taking(query({ required: true })),
    ['breaking parameter-added'],
    ['breaking parameter-removed']
  ],
  [
    'whether a parameter is required',
    taking(query()),
    taking(query({ required: true })),
    ['breaking parameter-required'],
    []
  ],
  [
    'the type of a parameter',
    taking(query()),
    taking(query({ schema: { type: 'integer' } })),
    ['breaking request-type'],
    ['breaking request-type']
  ],
  [
    'the limit of a parameter',
    taking(query()),
    taking(query({ schema: { ...text, maxLength: 3 } })),
    ['breaking request-limit'],
    []
  ],
  [
    'how a list is written',
    taking(query()),
    taking(query({ explode: false })),
    ['breaking parameter-style'],
    ['breaking parameter-style']
  ],
  [
    'a default that was silent',
    taking(query()),
    taking(query({ style: 'form', explode: true })),
    [],
    []
  ],
  [
    'the case of a header',
    taking({ in: 'header', name: 'If-Match', schema: text }),
    taking({ in: 'header', name: 'if-match', schema: text }),
    [],
    []
  ],
  [
    'the place of a parameter',
    taking(query()),
    taking(query({ in: 'header' })),
    ['breaking parameter-removed', 'information parameter-added'],
    ['breaking parameter-removed', 'information parameter-added']
  ],
  [
    'an optional body',
    at({}),
    body(),
    ['information request-body-added'],
    ['breaking request-body-removed']
  ],
  [
    'a required body',
    at({}),
    body({ required: true }),
    ['breaking request-body-required'],
    ['breaking request-body-removed']
  ],
  [
    'whether a body is required',
    body(),
    body({ required: true }),
    ['breaking request-body-required'],
    []
  ],
  [
    'the media type of a body',
    body(),
    body({}, 'text/csv'),
    ['breaking request-media-type-removed', 'information request-media-type-added'],
    ['breaking request-media-type-removed', 'information request-media-type-added']
  ],
  ['nothing, with two kinds of one media type', twoKinds, twoKinds, [], []],
  ['the charset of a media type', body(), body({}, 'application/json; charset=utf-8'), [], []],
  ['a need for a token', at({ security: [] }), bearer, ['breaking security-stricter'], []],
  [
    'a second way in',
    bearer,
    at({ security: [{ bearerAuth: [] }, { key: [] }] }),
    [],
    ['breaking security-stricter']
  ],
  [
    'a second scheme at once',
    bearer,
    at({ security: [{ bearerAuth: [], key: [] }] }),
    ['breaking security-stricter'],
    []
  ],
  [
    'a scope',
    bearer,
    at({ security: [{ bearerAuth: ['write'] }] }),
    ['breaking security-stricter'],
    []
  ],
  [
    'the security of all',
    documentOf({ '/a': { get: { responses: {} } } }),
    documentOf({ '/a': { get: { responses: {} } } }, { security: [{ bearerAuth: [] }] }),
    ['breaking security-stricter'],
    []
  ],
  [
    'who is allowed',
    allowing('admin', 'owner'),
    allowing('admin'),
    ['breaking allow-narrowed'],
    ['warning allow-widened']
  ],
  [
    'any user for some',
    allowing('user'),
    allowing('admin', 'owner'),
    ['breaking allow-narrowed'],
    ['warning allow-widened']
  ],
  [
    'everybody for any user',
    allowing('public'),
    allowing('user'),
    ['breaking allow-narrowed'],
    ['breaking allow-public']
  ],
  [
    'the default of a parameter',
    taking(query({ schema: { ...text, default: 'a' } })),
    taking(query({ schema: { ...text, default: 'b' } })),
    ['warning parameter-default'],
    ['warning parameter-default']
  ],
  ['a lower rate', rate(60), rate(30), ['warning rate-lowered'], []],
  ['a rate in another window', rate(60), rate(1, 1000), [], []],
  ['a rate at all', gateway({}), rate(60), ['warning rate-lowered'], []],
  [
    'the limit of bodies',
    gateway({ body_bytes: 10 }),
    gateway({ body_bytes: 9 }),
    ['breaking body-limit-lowered'],
    []
  ],
  [
    'the time',
    gateway({ timeout_ms: 10 }),
    gateway({ timeout_ms: 9 }),
    ['warning timeout-lowered'],
    []
  ],
  [
    'a name',
    at({ operationId: 'a' }),
    at({ operationId: 'b' }),
    ['warning operation-id-changed'],
    ['warning operation-id-changed']
  ],
  [
    'an alias',
    documentOf({}, { 'x-aliases': { '/v1': '/' } }),
    documentOf({}),
    ['breaking alias-removed'],
    []
  ],
  ['deprecation', at({}), at({ deprecated: true }), ['information operation-deprecated'], []]
]
for (const [what, one, other, there, back] of changes) {
  test(`tells what it means to callers to change ${what}`, () => {
    assert.deepEqual(told(one, other, accessChanges), there)
    assert.deepEqual(told(other, one, accessChanges), back)
  })
}

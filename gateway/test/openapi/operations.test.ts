import { test } from 'node:test'
import {
  answered,
  combined,
  documentOf,
  type Operation,
  tableOf
} from '../harness/documents/fixture.ts'

function publish(
  operation: object,
  item: object = {},
  rest: object = {},
  line: object = {}
): Operation {
  const table = tableOf({ 'GET /api/a': line })
  const { document } = combined(table, {
    one: documentOf({ '/a': { get: operation, ...item } }, rest)
  })
  return document.paths['/api/a']?.get as Operation
}

const header = (name: string) => ({ name, in: 'header', schema: { type: 'string' } })

test('removes internal headers however they are written, and where they are declared', (t) => {
  const own = ['Request-User-Id', 'REQUEST-SIGNATURE', 'traceparent', 'x-mine'].map(header)
  const parameters = [...own, { $ref: '#/components/parameters/Type' }]
  const components = { parameters: { Type: header('Request-User-Type') } }

  const operation = publish(
    { parameters, responses: answered },
    { parameters: [header('Request-Id'), header('x-path')] },
    { components }
  )

  t.assert.deepEqual(
    operation.parameters?.map(({ name }) => name),
    ['x-path', 'x-mine']
  )
})

test('gives an operation the parameters of its path, unless it declares them anew', (t) => {
  const item = { parameters: [header('X-Tenant'), { name: 'q', in: 'query', schema: {} }] }
  const own = { ...header('x-tenant'), description: 'own' }

  const operation = publish({ parameters: [own], responses: answered }, item)

  t.assert.deepEqual(
    operation.parameters?.map(({ name }) => name),
    ['x-tenant', 'q']
  )
  t.assert.equal(operation.parameters?.[0]?.description, 'own')
})

test('keeps internal headers out of responses and callbacks', (t) => {
  const headers = { 'Request-User-Id': { schema: {} }, 'request-id': { schema: {} } }
  const post = {
    operationId: 'called',
    security: [{ upstream: [] }],
    parameters: [header('request-signature')],
    responses: answered
  }
  const callbacks = {
    done: { '{$request.body#/url}': { post, servers: [{ url: 'http://inside' }] } }
  }

  const operation = publish({ responses: { 200: { description: 'x', headers } }, callbacks })

  const named = Object.keys(operation.responses['200']?.headers ?? {})
  t.assert.deepEqual(named, ['request-id', 'Access-Control-Allow-Origin'])
  t.assert.deepEqual(operation.callbacks?.done?.['{$request.body#/url}'], {
    post: { parameters: [], responses: answered }
  })
})

test('drops upstream security, be it AND, OR or optional', (t) => {
  const security = [{ key: [], other: [] }, {}]
  const rest = { components: { securitySchemes: { key: {}, other: {} } }, security: [{}] }

  const closed = publish({ security, responses: answered }, {}, rest)
  const open = publish({ security, responses: answered }, {}, rest, { allow: ['public'] })

  t.assert.deepEqual(closed.security, [{ bearerAuth: [] }])
  t.assert.deepEqual(open.security, [{}])
})

test('finds a path item that is only a reference, and one beside a reference', (t) => {
  const table = tableOf({ 'GET /api/a': {}, 'GET /api/b': {}, 'PUT /api/b': {} })
  const components = { pathItems: { A: { get: { operationId: 'shared', responses: answered } } } }
  const item = { $ref: '#/components/pathItems/A' }
  const put = { operationId: 'own', responses: answered }

  const { document, drift } = combined(table, {
    one: documentOf({ '/a': item, '/b': { ...item, put } }, { components })
  })

  t.assert.deepEqual(drift, [])
  t.assert.equal(document.paths['/api/a']?.get?.operationId, 'shared')
  t.assert.equal(document.paths['/api/b']?.get?.operationId, 'getB')
  t.assert.equal(document.paths['/api/b']?.put?.operationId, 'own')
})

test('leads links to the public operation, and drops those to what is not published', (t) => {
  const table = tableOf({
    'GET /api/a': {},
    'GET /api/b': { target: '/b' },
    'GET /api/bb': { target: '/b' }
  })
  const links = {
    byId: { operationId: 'readB' },
    byPointer: { operationRef: '#/paths/~1b/get', server: { url: 'http://inside' } },
    shared: { $ref: '#/components/links/B' },
    gone: { operationId: 'hidden' },
    goneToo: { $ref: '#/components/links/Hidden' }
  }
  const a = { get: { operationId: 'readA', responses: { 200: { description: 'x', links } } } }
  const b = { get: { operationId: 'readB', responses: answered } }
  const components = { links: { B: { operationId: 'readB' }, Hidden: { operationId: 'hidden' } } }
  const hidden = { get: { operationId: 'hidden', responses: answered } }

  const { document } = combined(table, {
    one: documentOf({ '/a': a, '/b': b, '/hidden': hidden }, { components })
  })

  t.assert.deepEqual(document.paths['/api/a']?.get?.responses['200']?.links, {
    byId: { operationId: 'readB' },
    byPointer: { operationId: 'readB' },
    shared: { $ref: '#/components/links/B' }
  })
  t.assert.deepEqual(document.components.links, { B: { operationId: 'readB' } })
})

test('K25 names no server of a service, wherever it is declared', (t) => {
  const servers = [{ url: 'http://inside.test' }]

  const operation = publish({ servers, responses: answered }, { servers }, { servers })

  t.assert.equal('servers' in operation, false)
  t.assert.doesNotMatch(JSON.stringify(operation), /inside/)
})

test('publishes a path that names one parameter twice', (t) => {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  const get = { parameters: [id], responses: answered }
  const table = tableOf({ 'GET /api/**': {} })

  const { document } = combined(table, { one: documentOf({ '/{id}/{type}/{id}': { get } }) })

  const { parameters } = document.paths['/api/{id}/{type}/{id}']?.get ?? {}
  t.assert.deepEqual(
    parameters?.map(({ name }) => name),
    ['type', 'id']
  )
})

import { test } from 'node:test'
import { answered, combined, documentOf, tableOf } from '../harness/documents/fixture.ts'

const get = (operationId: string) => ({ get: { operationId, responses: answered } })

function idsOf(lines: Parameters<typeof tableOf>[0], paths: object, rest: object = {}) {
  const { document, drift } = combined(tableOf(lines), { one: documentOf(paths, rest) })
  const ids = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => `${method} ${path} ${operationId}`)
  )
  return { ids, drift, document }
}

test('publishes what is below a wildcard line, save what a more specific line takes', (t) => {
  const lines = { 'ANY /api/files/**': {}, 'GET /api/files/:id': { allow: ['admin'] } }
  const paths = {
    '/files/{name}': { ...get('one'), put: { responses: answered } },
    '/other': get('x')
  }
  const more = {
    '/files': get('list'),
    '/files/{name}/parts': get('parts'),
    '/filesystem': get('y')
  }

  const { ids, document } = idsOf(lines, { ...paths, ...more })

  t.assert.deepEqual(ids, [
    'put /api/files/{name} putFilesByName',
    'get /api/files/{name} one',
    'get /api/files list',
    'get /api/files/{name}/parts parts'
  ])
  t.assert.deepEqual(document.paths['/api/files/{name}']?.get?.['x-gateway'].allow, ['admin'])
})

test('tells of an operation that another spelling of its path describes already', (t) => {
  const paths = {
    '/a/{x}': get('first'),
    '/a/{y}': { ...get('second'), put: { operationId: 'put', responses: answered } }
  }

  const { ids, drift } = idsOf({ 'ANY /api/**': {} }, paths)

  t.assert.deepEqual(ids, ['get /api/a/{x} first', 'put /api/a/{x} put'])
  t.assert.deepEqual(drift, [
    'one #/paths/~1a~1{y}/get: The path matches the same requests as /a/{x}, which is shown. Remove one of the two.'
  ])
})

test('publishes nothing for a wildcard line whose service has no document', (t) => {
  const { document, drift } = combined(tableOf({ 'ANY /api/**': {} }), {})

  t.assert.deepEqual(document.paths, {})
  t.assert.deepEqual(drift, [])
})

test('publishes every method that an ANY line finds', (t) => {
  const paths = { '/a': { ...get('read'), delete: { operationId: 'drop', responses: answered } } }

  const { ids } = idsOf({ 'ANY /api/a': {} }, paths)

  t.assert.deepEqual(ids, ['get /api/a read', 'delete /api/a drop'])
})

test('compares paths by shape, and gives a parameter its public name', (t) => {
  const parameters = [{ name: 'thing_id', in: 'path', required: true, schema: { type: 'integer' } }]
  const paths = { '/v2/things/{thing_id}': { ...get('read'), parameters } }

  const { document } = idsOf({ 'GET /api/things/:id': { target: '/v2/things/:id' } }, paths)

  const operation = document.paths['/api/things/{id}']?.get
  t.assert.equal(operation?.operationId, 'read')
  t.assert.deepEqual(operation?.parameters, [{ ...parameters[0], name: 'id' }])
})

test('keeps one spelling of paths that differ only in the names of parameters', (t) => {
  const lines = {
    'GET /api/a/:id': {},
    'PUT /api/a/:key': { allow: ['admin', 'owner'], owner: 'key' }
  }
  const paths = { '/a/{x}': { ...get('read'), put: { responses: answered } } }

  const { ids, document } = idsOf(lines, paths)

  t.assert.deepEqual(ids, ['get /api/a/{id} read', 'put /api/a/{id} putAById'])
  const put = document.paths['/api/a/{id}']?.put
  t.assert.deepEqual(
    put?.parameters?.map(({ name }) => name),
    ['id']
  )
  t.assert.equal(put?.['x-gateway'].owner, 'id')
})

test('merges methods of one path that go to two services', (t) => {
  const table = tableOf({ 'GET /api/a': {}, 'POST /api/a': { to: 'two' } })
  const post = { post: { operationId: 'make', responses: answered } }

  const { document } = combined(table, {
    one: documentOf({ '/a': get('read') }),
    two: documentOf({ '/a': post })
  })

  t.assert.deepEqual(Object.keys(document.paths['/api/a'] ?? {}), ['get', 'post'])
  t.assert.deepEqual(document.paths['/api/a']?.post?.tags, ['two'])
})

test('puts the service’s name before an operationId that two services use', (t) => {
  const table = tableOf({ 'GET /api/a': {}, 'GET /api/b': { to: 'two' }, 'GET /api/c': {} })
  const one = documentOf({ '/a': get('list'), '/c': get('other') })

  const { document } = combined(table, { one, two: documentOf({ '/b': get('list') }) })

  t.assert.equal(document.paths['/api/a']?.get?.operationId, 'oneList')
  t.assert.equal(document.paths['/api/b']?.get?.operationId, 'twoList')
  t.assert.equal(document.paths['/api/c']?.get?.operationId, 'other')
})

test('finds an operation below the path of a server, relative or not', (t) => {
  const lines = { 'GET /api/a': { target: '/v1/a' }, 'GET /api/b': { target: '/v2/b' } }
  const servers = [{ url: '/{version}', variables: { version: { default: 'v1' } } }]
  const b = { ...get('b'), servers: [{ url: 'https://inside.test/v2/' }] }

  const { ids, document } = idsOf(lines, { '/a': get('a'), '/b': b }, { servers })

  t.assert.deepEqual(ids, ['get /api/a a', 'get /api/b b'])
  t.assert.doesNotMatch(JSON.stringify(document), /inside|v1|v2/)
})

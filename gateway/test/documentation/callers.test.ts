import { test } from 'node:test'
import {
  callersIn,
  countFor,
  mayUse,
  rolesOf
} from '../../src/documentation/page/browser/callers.js'
import { prepare } from '../../src/documentation/page/browser/document.js'

const document = {
  info: { version: '1' },
  paths: {
    '/login': { post: { 'x-gateway': { allow: ['public'] } } },
    '/me': { get: { 'x-gateway': { allow: ['user'] } } },
    '/users/{id}': {
      get: { 'x-gateway': { allow: ['admin', 'owner'] } },
      delete: { 'x-gateway': { allow: ['admin'] } }
    },
    '/audits': { get: { 'x-gateway': { allow: ['auditor'] } } },
    '/other': { get: {} }
  }
}

test('names the roles of a policy: anyone, user, or a user type', (t) => {
  const roles = [['public'], ['user'], ['admin', 'owner']].map((allow) => rolesOf({ allow }))

  t.assert.deepEqual(roles, [['anyone'], ['user'], ['admin', 'owner']])
})

test('knows each role that the document names', (t) => {
  t.assert.deepEqual(callersIn(document), ['anyone', 'user', 'admin', 'auditor'])
})

test('shows each role the operations that it may call', (t) => {
  const counts = [null, ...callersIn(document)].map((caller) => countFor(document, caller).usable)

  t.assert.deepEqual(counts, [5, 1, 3, 4, 4])
  t.assert.equal(mayUse(undefined, 'anyone'), true)
})

test('starts optional parameters empty, and leaves descriptions as they are', (t) => {
  const schema = () => ({ type: 'string', examples: ['x'] })
  const operation = {
    description: 'Lists.\n\n**Who:** anyone',
    parameters: [
      { in: 'query', schema: schema(), example: 'y' },
      { in: 'header', required: true, schema: schema() },
      { in: 'path', schema: schema() }
    ]
  }
  const shared = { in: 'header', schema: schema() }

  prepare({
    info: { version: '1' },
    paths: { '/a': { get: operation } },
    components: { parameters: { Key: shared } }
  })

  const kept = [...operation.parameters, shared].map((one) => 'examples' in one.schema)
  t.assert.equal(operation.description, 'Lists.\n\n**Who:** anyone')
  t.assert.deepEqual(kept, [false, true, true, false])
  t.assert.equal('example' in (operation.parameters[0] ?? {}), false)
})

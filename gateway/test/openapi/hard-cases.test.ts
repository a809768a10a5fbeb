import { test } from 'node:test'
import { answered, answering, combined, documentOf, tableOf } from '../harness/documents/fixture.ts'
import { invalidities } from '../harness/documents/valid.ts'

type Lines = Parameters<typeof tableOf>[0]

interface Case {
  lines: Lines
  documents: Record<string, unknown>
  /** What the combined document as text has, and has not. */
  has: (string | RegExp)[]
  lacks?: (string | RegExp)[]
  /** Each finding but drift, by its end. */
  findings?: RegExp[]
}

const to = (name: string, section = 'schemas') => ({ $ref: `#/components/${section}/${name}` })
const two = { 'GET /api/a': {}, 'GET /api/b': { to: 'two' } }
const one = { 'GET /api/a': {} }

/** A document of `GET path` with one answer. */
const getting = (path: string, schema: unknown, rest: object = {}, operation: object = {}) =>
  documentOf({ [path]: { get: { ...operation, responses: answering(schema) } } }, rest)

const every = (word: string) => {
  const schemas = { X: { title: word } }
  const parameters = { X: { name: word, in: 'query', schema: to('X') } }
  const headers = { X: { description: word, schema: to('X') } }
  const examples = { X: { value: word } }
  const responses = { X: { description: word, headers: { x: to('X', 'headers') } } }
  const components = { schemas, parameters, headers, examples, responses }
  const operation = {
    parameters: [to('X', 'parameters')],
    responses: { 200: to('X', 'responses') }
  }
  return (path: string) => documentOf({ [path]: { get: operation } }, { components })
}

const kinds = (mapping: object) => ({
  Pet: { type: 'object', discriminator: { propertyName: 'kind', mapping } },
  Reptile: { allOf: [to('Pet')] },
  Lizard: { allOf: [{ $ref: '#/components/%73chemas/Reptile' }] }
})

const item = {
  parameters: [{ name: 'uid', in: 'path', schema: { type: 'string' } }],
  get: {
    operationId: 'user',
    responses: {
      200: {
        description: '',
        links: {
          self: {
            operationId: 'user',
            parameters: { uid: '$request.path.uid', 'path.uid': '$response.body#/id' }
          }
        }
      }
    },
    callbacks: {
      done: { '{$request.body#/url}/{$request.path.uid}': { post: { responses: answered } } }
    }
  }
}

const page = {
  Page: {
    $id: 'page',
    properties: { items: { items: { $dynamicRef: '#T' } } },
    $defs: { T: { $dynamicAnchor: 'T' } }
  },
  Users: { $id: 'users', $ref: 'page', $defs: { T: { $dynamicAnchor: 'T', type: 'integer' } } },
  Orders: { $id: 'orders', $ref: 'page', $defs: { T: { $dynamicAnchor: 'T', type: 'boolean' } } }
}

const cases: Record<string, Case> = {
  'components of all kinds that collide': {
    lines: two,
    documents: { one: every('first')('/a'), two: every('second')('/b') },
    has: ['"TwoX":{"title":"second"}', '#/components/headers/TwoX', '#/components/parameters/TwoX']
  },
  'one operationId twice': {
    lines: two,
    documents: {
      one: getting('/a', {}, {}, { operationId: 'list' }),
      two: getting('/b', {}, {}, { operationId: 'list' })
    },
    has: ['"operationId":"oneList"', '"operationId":"twoList"']
  },
  'discriminators by pointer, by bare name and by kinds of kinds': {
    lines: two,
    documents: {
      one: getting('/a', to('Pet'), { components: { schemas: kinds({ r: 'Reptile' }) } }),
      two: getting('/b', to('Pet'), {
        components: {
          schemas: {
            ...kinds({ r: '#/components/schemas/Reptile' }),
            Lizard: { allOf: [to('Reptile'), {}] }
          }
        }
      })
    },
    has: [
      '"Lizard":"#/components/schemas/Lizard"',
      '"Lizard":"#/components/schemas/TwoLizard"',
      '"r":"#/components/schemas/TwoReptile"'
    ]
  },
  'a mapping to what is not there': {
    lines: one,
    documents: {
      one: getting('/a', to('Pet'), { components: { schemas: kinds({ gone: 'Gone' }) } })
    },
    has: ['"Reptile":'],
    lacks: ['gone'],
    findings: [/discriminator The mapping names a schema, which does not exist here/]
  },
  '3.0 beside 3.1': {
    lines: two,
    documents: {
      one: getting('/a', { type: 'string', nullable: true }, { openapi: '3.0.3' }),
      two: getting('/b', { type: ['string', 'null'] })
    },
    has: [/"type":\["string","null"\].*"type":\["string","null"\]/],
    lacks: ['nullable']
  },
  'methods of one path from two services': {
    lines: { 'GET /api/a': {}, 'POST /api/a': { to: 'two' } },
    documents: {
      one: getting('/a', {}),
      two: documentOf({ '/a': { post: { operationId: 'b', responses: answered } } })
    },
    has: [/"\/api\/a":\{"get".*"post"/]
  },
  'paths that differ in a parameter’s name': {
    lines: { 'GET /api/a/:id': {}, 'PUT /api/a/:key': { to: 'two' } },
    documents: {
      one: documentOf({ '/a/{id}': { get: { responses: answered } } }),
      two: documentOf({ '/a/{key}': { put: { responses: answered } } })
    },
    has: [/"\/api\/a\/\{id\}":\{"get".*"put"/],
    lacks: ['{key}']
  },
  'an HTML page': {
    lines: two,
    documents: { one: '<html>', two: getting('/b', {}) },
    has: ['"/api/a"', '"/api/b"'],
    findings: [/is not a JSON object/]
  },
  recursion: {
    lines: one,
    documents: {
      one: getting('/a', to('Tree'), {
        components: { schemas: { Tree: { type: 'array', items: to('Tree') } } }
      })
    },
    has: ['"Tree":{"type":"array","items":{"$ref":"#/components/schemas/Tree"}}']
  },
  'data that looks like references': {
    lines: one,
    documents: { one: getting('/a', { default: to('Gone'), enum: [to('Gone')] }) },
    has: ['"default":{"$ref":"#/components/schemas/Gone"}']
  },
  security: {
    lines: { 'GET /api/a': { allow: ['public'] }, 'GET /api/b': { to: 'two' } },
    documents: {
      one: getting('/a', {}, { security: [{ key: [] }] }, { security: [{ key: [], other: [] }] }),
      two: getting('/b', {}, { components: { securitySchemes: { key: { type: 'http' } } } })
    },
    has: ['"security":[{}]', '"security":[{"bearerAuth":[]}]'],
    lacks: ['"key"']
  },
  'path-level parameters, links and callbacks of a renamed parameter': {
    lines: { 'GET /api/u/:id': { target: '/u/:id' } },
    documents: { one: documentOf({ '/u/{uid}': item }) },
    has: [
      '"parameters":{"id":"$request.path.id","path.id":"$response.body#/id"}',
      '/{$request.path.id}":{"post"'
    ],
    lacks: ['uid']
  },
  'extensions with references': {
    lines: two,
    documents: {
      one: getting('/a', to('A'), { components: { schemas: { A: { title: 'first' } } } }),
      two: getting(
        '/b',
        {},
        { components: { schemas: { A: { title: 'second' } } } },
        {
          'x-body': { deep: [to('A')] },
          'x-gone': to('Gone')
        }
      )
    },
    has: ['"x-body":{"deep":[{"$ref":"#/components/schemas/TwoA"}]}', '"TwoA":{"title":"second"}'],
    lacks: ['x-gone'],
    findings: [/x-gone The extension refers to a missing component and is left out/]
  },
  generics: {
    lines: { 'GET /api/a': {}, 'GET /api/b': {} },
    documents: {
      one: documentOf(
        {
          '/a': { get: { responses: answering(to('Users')) } },
          '/b': { get: { responses: answering(to('Orders')) } }
        },
        { components: { schemas: page } }
      )
    },
    has: [
      /"Users":\{"properties":\{"items":\{"items":\{"\$ref":"([^"]*)Users_defs_T"/,
      '"Users_defs_T":{"type":"integer"}',
      '"Orders_defs_T":{"type":"boolean"}'
    ],
    lacks: ['dynamic']
  },
  'OpenAPI 3.2, two at once': {
    lines: { 'QUERY /api/a': {}, 'QUERY /api/b': { to: 'two' }, 'PURGE /api/b': { to: 'two' } },
    documents: {
      one: documentOf(
        {
          '/a': {
            query: {
              operationId: 'search',
              parameters: [{ in: 'querystring', name: 'q', content: { 'text/plain': {} } }],
              responses: {
                200: {
                  content: {
                    'application/jsonl': { itemSchema: {}, schema: {} },
                    'text/plain': to('T', 'mediaTypes')
                  }
                }
              }
            }
          }
        },
        {
          openapi: '3.2.0',
          $self: 'https://a.test/',
          components: { mediaTypes: { T: { schema: { type: 'string' } } } }
        }
      ),
      two: documentOf(
        {
          '/b': {
            query: { operationId: 'q', responses: answered },
            additionalOperations: { PURGE: { operationId: 'p', responses: answered } }
          }
        },
        { openapi: '3.2.0' }
      )
    },
    has: [
      '"x-query":',
      '"operationId":"search"',
      '"operationId":"p"',
      '"text/plain":{"schema":{"type":"string"}}'
    ],
    lacks: ['itemSchema', 'querystring'],
    findings: [
      /0 OpenAPI 3.1 does not have querystring parameters/,
      /itemSchema OpenAPI 3.1 does not have this field, which is left out/
    ]
  },
  'webhooks and callbacks': {
    lines: two,
    documents: {
      one: getting(
        '/a',
        {},
        {
          webhooks: {
            paid: {
              post: {
                requestBody: { content: { 'application/json': { schema: to('A') } } },
                responses: answered
              }
            }
          },
          components: { schemas: { A: { title: 'first' } } }
        }
      ),
      two: getting('/b', {}, { webhooks: { paid: { post: { responses: answered } } } })
    },
    has: ['"webhooks":{"paid":{"post":{"tags":["one"]', '"TwoPaid":', '"A":{"title":"first"}']
  },
  'fields that OpenAPI does not have': {
    lines: one,
    documents: {
      one: getting(
        '/a',
        {},
        {},
        { produces: ['x'], parameters: [{ name: 'q', in: 'query', type: 'string' }] }
      )
    },
    has: ['"name":"q"'],
    lacks: ['produces'],
    findings: [/produces OpenAPI 3.1 does not have/, /type OpenAPI 3.1 does not have/]
  },
  'statuses that are none': {
    lines: one,
    documents: {
      one: documentOf({ '/a': { get: { responses: { ...answered, '2xx': {}, ok: {}, 600: {} } } } })
    },
    has: ['"2XX":'],
    lacks: ['"ok"', '"600"'],
    findings: [/responses\/600 The key is not a status/, /responses\/ok The key is not a status/]
  },
  'a parameter and a header with content beside their schema': {
    lines: one,
    documents: {
      one: documentOf({
        '/a': {
          get: {
            parameters: [{ name: 'q', in: 'query', schema: { title: 'kept' }, content: {} }],
            responses: {
              200: { description: '', headers: { x: { schema: {}, content: { 'a/b': {} } } } }
            }
          }
        }
      })
    },
    has: ['"title":"kept"'],
    lacks: ['a/b'],
    findings: [
      /parameters\/0\/content The field stands beside/,
      /headers\/x\/content The field stands beside/
    ]
  },
  'links to what is not published': {
    lines: one,
    documents: {
      one: documentOf(
        {
          '/a': {
            get: {
              responses: {
                200: {
                  description: '',
                  links: {
                    secret: { operationId: 'hidden' },
                    shared: to('Away', 'links'),
                    self: { operationRef: '#/paths/~1a/get' }
                  }
                }
              }
            }
          },
          '/hidden': {
            get: {
              operationId: 'hidden',
              responses: { 200: { description: '', links: { x: { operationId: 'hidden' } } } }
            }
          }
        },
        { components: { links: { Away: { operationId: 'gone' }, Unused: { operationId: 'no' } } } }
      )
    },
    has: ['"self":'],
    lacks: ['hidden', 'gone', '"shared"'],
    findings: [/links\/secret The link leads to/, /links\/shared The link leads to/]
  },
  'a list in the place of a schema': {
    lines: one,
    documents: { one: getting('/a', []) },
    has: ['"application/json":{}'],
    findings: [/schema The value is not an object/]
  },
  'an operation that is a reference, beside one that is none': {
    lines: { 'GET /api/a': {}, 'GET /api/b': {} },
    documents: {
      one: documentOf({
        '/a': { get: { $ref: '#/x' } },
        b: { get: { operationId: 'sound', responses: answered } }
      })
    },
    has: ['"operationId":"sound"'],
    findings: [/get The operation is a reference/, /has no slash/]
  }
}

for (const [name, { lines, documents, has, lacks = [], findings = [] }] of Object.entries(cases)) {
  test(`keeps what there is to keep of ${name}`, async (t) => {
    const { document, findings: found } = combined(tableOf(lines), documents)

    const text = JSON.stringify(document)
    const includes = (part: string | RegExp) =>
      typeof part === 'string' ? text.includes(part) : part.test(text)
    t.assert.deepEqual(
      has.filter((part) => !includes(part)),
      [],
      text
    )
    t.assert.deepEqual(lacks.filter(includes), [])
    const faults = found
      .filter(({ level }) => level !== 'drift')
      .map(({ pointer, message }) => `${pointer} ${message}`)
    t.assert.equal(faults.length, findings.length, faults.join('\n'))
    for (const [at, finding] of findings.entries()) t.assert.match(faults[at] ?? '', finding)
    t.assert.deepEqual(await invalidities(document), [])
  })
}

test('names components alike in whatever order the paths stand', (t) => {
  const components = {
    schemas: { 'A b': { title: '1' }, 'A?b': { title: '2' }, A_b: { title: '3' } }
  }
  const paths = ['A b', 'A?b', 'A_b'].map((name, at) => {
    return [`/a${at}`, { get: { operationId: `${at}`, responses: answering(to(name)) } }] as const
  })
  const table = tableOf({ 'ANY /api/**': {} })

  const [some, other] = [paths, paths.toReversed()].map((list) => {
    return combined(table, { one: documentOf(Object.fromEntries(list), { components }) }).document
  })

  t.assert.equal(Object.keys(some?.paths ?? {}).length, 3)
  t.assert.deepEqual(some?.components, other?.components)
})

test('names responses alike in whatever order the operations stand', (t) => {
  const refusal = (word: string) => ({ description: word })
  const paths = ['a', 'b', 'c'].map((name) => {
    const responses = { ...answered, 401: refusal(name), 404: to('Gone', 'responses') }
    return [`/${name}`, { get: { operationId: name, responses } }] as const
  })
  const rate = { limit: 1, windowMs: 1000, per: 'ip', bucket: 'x' } as const
  const lines: Lines = { 'GET /api/a': { rate }, 'GET /api/b': {}, 'GET /api/c': {} }
  const components = { responses: { Gone: refusal('gone') } }
  const document = { one: documentOf(Object.fromEntries(paths), { components }) }

  const [some, other] = [lines, Object.fromEntries(Object.entries(lines).toReversed())].map(
    (all) => combined(tableOf(all), document).document
  )

  t.assert.deepEqual(some?.components, other?.components)
  t.assert.deepEqual(some?.paths['/api/a'], other?.paths['/api/a'])
})

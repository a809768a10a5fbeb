// Documents in the manner of what frameworks write; none is copied from one.
import { document, json, ok, refTo } from './style-parts.ts'

/** By the name of the style, with an operation `POST /a` each. */
export const styles: Record<string, Record<string, unknown>> = {
  fastapi: document(
    '3.1.0',
    {
      '/a': {
        post: {
          requestBody: { content: json(refTo('ItemIn')), required: true },
          responses: {
            ...ok({}),
            422: { description: 'Validation Error', content: json(refTo('HTTPValidationError')) }
          }
        }
      }
    },
    {
      ItemIn: {
        properties: {
          name: { type: 'string', title: 'Name' },
          price: { anyOf: [{ type: 'number' }, { type: 'null' }], title: 'Price', default: null }
        },
        type: 'object',
        required: ['name']
      },
      HTTPValidationError: {
        properties: { detail: { items: refTo('ValidationError'), type: 'array' } },
        type: 'object'
      },
      ValidationError: {
        properties: {
          loc: { items: { anyOf: [{ type: 'string' }, { type: 'integer' }] }, type: 'array' }
        },
        type: 'object',
        required: ['loc']
      }
    }
  ),
  nest: document(
    '3.0.0',
    {
      '/a': {
        post: {
          operationId: 'Controller_create',
          requestBody: { content: json(refTo('CreateDto')) },
          responses: {
            201: {
              description: '',
              content: json({ nullable: true, type: 'object', allOf: [refTo('CreateDto')] })
            }
          }
        }
      }
    },
    {
      CreateDto: {
        type: 'object',
        properties: {
          kind: { enum: ['a', 'b'], type: 'string', nullable: true },
          count: { type: 'number', minimum: 0, exclusiveMinimum: true }
        },
        required: ['kind']
      }
    }
  ),
  spring: document(
    '3.0.1',
    {
      '/a': {
        post: {
          requestBody: { content: { '*/*': { schema: refTo('Pet') } } },
          responses: {
            default: {
              description: 'default response',
              content: { '*/*': { schema: { type: 'array', items: refTo('Pet') } } }
            }
          }
        }
      }
    },
    {
      Pet: {
        required: ['kind'],
        type: 'object',
        properties: { kind: { type: 'string' } },
        discriminator: { propertyName: 'kind', mapping: { cat: '#/components/schemas/Cat' } }
      },
      Cat: {
        allOf: [
          refTo('Pet'),
          { type: 'object', properties: { lives: { type: 'integer', format: 'int32' } } }
        ]
      }
    }
  ),
  aspnet: document(
    '3.0.4',
    {
      '/a': {
        post: {
          requestBody: {
            content: {
              'application/json': { schema: refTo('List`1[[App.Order, App]]') },
              'text/json': { schema: refTo('App.Order') }
            }
          },
          responses: ok(refTo('App.Order'))
        }
      }
    },
    {
      'List`1[[App.Order, App]]': { type: 'array', items: refTo('App.Order'), nullable: true },
      'App.Order': {
        type: 'object',
        properties: {
          id: { type: 'string', format: 'uuid', readOnly: true },
          data: { type: 'string', format: 'byte', nullable: true }
        },
        additionalProperties: false
      }
    }
  ),
  kubernetes: document(
    '3.0.0',
    {
      '/a': {
        post: {
          requestBody: { content: json(refTo('io.k8s.api.Meta')) },
          responses: ok(refTo('io.k8s.api.Meta'))
        }
      }
    },
    {
      'io.k8s.api.Meta': {
        type: 'object',
        properties: {
          time: { allOf: [refTo('io.k8s.Time')], default: {} },
          fields: refTo('io.k8s.api.FieldsV1'),
          port: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
          owner: { type: 'array', items: { default: {}, allOf: [refTo('io.k8s.api.Meta')] } }
        },
        'x-kubernetes-group-version-kind': [{ kind: 'Meta' }]
      },
      'io.k8s.Time': { type: 'string', format: 'date-time' },
      'io.k8s.api.FieldsV1': { type: 'object' }
    }
  )
}

// Documents in the manner of what well-known providers publish; none is copied from one.
import { document, json, ok, refTo } from './style-parts.ts'

/** By the name of the style, with an operation `POST /a` each. */
export const providerStyles: Record<string, Record<string, unknown>> = {
  stripe: document(
    '3.0.0',
    {
      '/a': {
        post: {
          requestBody: {
            content: {
              'application/x-www-form-urlencoded': {
                encoding: { expand: { explode: true, style: 'deepObject' } },
                schema: {
                  additionalProperties: false,
                  properties: {
                    expand: { items: { maxLength: 5000, type: 'string' }, type: 'array' },
                    metadata: {
                      anyOf: [
                        { additionalProperties: { type: 'string' }, type: 'object' },
                        { enum: [''], type: 'string' }
                      ]
                    }
                  },
                  type: 'object'
                }
              }
            }
          },
          responses: {
            ...ok(refTo('charge')),
            default: { description: 'Error.', content: json(refTo('error')) }
          }
        }
      }
    },
    {
      charge: {
        type: 'object',
        properties: {
          customer: {
            anyOf: [{ maxLength: 5, type: 'string' }, refTo('customer')],
            nullable: true,
            'x-expansionResources': { oneOf: [refTo('customer')] }
          }
        }
      },
      customer: { type: 'object', properties: { charge: refTo('charge') }, required: ['charge'] },
      error: { type: 'object', required: ['error'] }
    }
  ),
  github: document(
    '3.0.3',
    {
      '/a': {
        post: {
          requestBody: {
            content: json({
              type: 'object',
              properties: {
                labels: {
                  type: 'array',
                  items: {
                    oneOf: [
                      { type: 'string' },
                      { type: 'object', properties: { name: { type: 'string', nullable: true } } }
                    ]
                  }
                }
              },
              anyOf: [{ required: ['labels'] }, { required: ['title'] }]
            })
          },
          responses: {
            200: {
              description: 'OK',
              content: {
                'application/json': {
                  schema: refTo('nullable-user'),
                  examples: { default: { $ref: '#/components/examples/user' } }
                }
              },
              headers: { Link: { $ref: '#/components/headers/link' } }
            },
            404: { $ref: '#/components/responses/not_found' }
          }
        }
      }
    },
    {
      'nullable-user': {
        type: 'object',
        nullable: true,
        properties: { login: { type: 'string' } },
        required: ['login']
      },
      error: { type: 'object', properties: { message: { type: 'string' } } }
    },
    {
      examples: { user: { value: { login: 'a' } } },
      headers: { link: { schema: { type: 'string' } } },
      responses: { not_found: { description: 'Resource not found', content: json(refTo('error')) } }
    }
  ),
  graph: document(
    '3.0.1',
    {
      '/a': {
        post: {
          requestBody: { content: json(refTo('microsoft.graph.entity')) },
          responses: {
            '2XX': { description: 'Success', content: json(refTo('microsoft.graph.entity')) },
            '4XX': { $ref: '#/components/responses/error' }
          }
        }
      }
    },
    {
      'microsoft.graph.entity': {
        required: ['@odata.type'],
        type: 'object',
        properties: {
          '@odata.type': { type: 'string' },
          value: {
            oneOf: [
              { type: 'number', format: 'double', nullable: true },
              { type: 'string', nullable: true },
              refTo('ReferenceNumeric')
            ]
          }
        },
        discriminator: {
          propertyName: '@odata.type',
          mapping: { '#microsoft.graph.user': '#/components/schemas/microsoft.graph.user' }
        }
      },
      'microsoft.graph.user': {
        allOf: [
          refTo('microsoft.graph.entity'),
          {
            title: 'user',
            type: 'object',
            properties: {
              manager: {
                anyOf: [refTo('microsoft.graph.entity'), { type: 'object', nullable: true }]
              }
            }
          }
        ]
      },
      ReferenceNumeric: { enum: ['-INF', 'INF', 'NaN'], type: 'string', nullable: true }
    },
    {
      responses: {
        error: { description: 'error', content: json({ type: 'object', required: ['error'] }) }
      }
    }
  )
}

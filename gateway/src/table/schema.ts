import { type Static, type TSchema, Type } from 'typebox'
import { path, RouteEntry, strict, UserType } from './route-entry.ts'
import { CorsEntry, DefaultsEntry } from './settings-entry.ts'
import { DurationField } from './units.ts'

const ServiceEntry = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^/\\s?#@]+/?$',
      description: 'an http(s) URL without a path, such as http://users:8000'
    }),
    connect: Type.Optional(
      Type.Union([...DurationField.anyOf], {
        description:
          'a duration such as 500ms: how long opening a connection may take; 1s where it is not said'
      })
    ),
    strip: Type.Optional(path('a path prefix such as /api, dropped before forwarding')),
    openapi: Type.Optional(path("the path of the service's OpenAPI document")),
    health: Type.Optional(path('the path that answers 200 where the service is ready')),
    sessions: Type.Optional(path('the path that lists the sessions that have ended'))
  },
  { ...strict, description: 'an upstream: { url, connect?, strip?, openapi?, health?, sessions? }' }
)

export const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'QUERY',
  'ANY'
] as const

/** A map whose keys match `pattern`; other keys are unknown keys. */
function mapOf<T extends TSchema>(pattern: string, value: T, description: string) {
  return Type.Record(Type.String({ pattern }), value, { ...strict, description })
}

/** The file `gateway.yml`: what the loader accepts, and what editors are told. */
export const TableFile = Type.Object(
  {
    services: mapOf('^[a-z][a-z0-9-]*$', ServiceEntry, 'the upstreams by name'),
    user_types: Type.Optional(
      Type.Array(UserType, {
        description: 'the user types that tokens carry; default admin, default'
      })
    ),
    aliases: Type.Optional(
      mapOf('^/[^?#\\s]*$', path('a path prefix'), 'public prefixes that mean another one')
    ),
    cors: Type.Optional(CorsEntry),
    defaults: Type.Optional(DefaultsEntry),
    routes: mapOf(
      `^(${methods.join('|')}) +/[^?#\\s]*$`,
      RouteEntry,
      `lines such as GET /api/users/:id, with one of ${methods.join(', ')}`
    )
  },
  {
    ...strict,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Gatehouse gateway table'
  }
)

export type TableFile = Static<typeof TableFile>

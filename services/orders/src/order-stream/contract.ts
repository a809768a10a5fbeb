import { anyText, NoQuery, problems } from '@gatehouse/service-kit'
import { Type } from 'typebox'

/** Where a stream goes on: events have the numbers 1, 2, 3 … for each user, without a gap. */
const eventId = (description: string) =>
  Type.Optional(
    Type.String({ description, pattern: '^(0|[1-9][0-9]{0,8})$', maxLength: 9, examples: ['12'] })
  )

const common = { tags: ['orders'] }
const what =
  "Each change of the caller's orders, as it happens: the order as it is after it. Events are numbered without " +
  'a gap and kept for 7 days; a stream that goes on after one misses none and repeats none.'

// The limit is far above what comes before a token expires: a stream has no length of its own.
const events = Type.String({
  description: 'HTML, section 9.2.',
  maxLength: 2 ** 31 - 1,
  pattern: anyText
})

export const streamOrderEvents = {
  ...common,
  operationId: 'streamOrderEvents',
  summary: 'Follow orders',
  description: `${what} Lines: \`id:\` the number, \`event: order\`, \`data:\` an \`Order\` as JSON.`,
  querystring: NoQuery,
  headers: Type.Object({
    'last-event-id': eventId('The last event that is known; without it, only new ones come.')
  }),
  response: {
    200: {
      description: 'Events, until either side ends the stream.',
      content: {
        'text/event-stream': { schema: events }
      }
    },
    ...problems(400)
  }
}

export const streamOrdersLive = {
  ...common,
  operationId: 'streamOrdersLive',
  summary: 'Follow orders over a WebSocket',
  description: `${what} Messages: \`{"id": "12", "event": "order", "data": Order}\`; nothing is expected in return.`,
  querystring: Type.Object(
    { last_event_id: eventId('The last event that is known; without it, only new ones come.') },
    { additionalProperties: false }
  ),
  response: {
    101: { type: 'null', description: 'The connection is a WebSocket from here on.' },
    ...problems(400, 426)
  }
}

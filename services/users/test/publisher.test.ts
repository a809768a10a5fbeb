import { type TestContext, test } from 'node:test'
import { createPublisher } from '../src/outbox/publisher.ts'

const never = 3_600_000
const event = {
  id: 'e1',
  type: 'user.deleted',
  user_id: 'u1',
  changed_by: 'u1',
  request_id: 'r1',
  occurred_at: '2030-01-01T00:00:00.000Z',
  data: {}
} as never
const say = () => undefined
const log = { info: say, warn: say, error: say }
const transport = async () => undefined

type DeliverNext = Parameters<typeof createPublisher>[0]['outbox']['deliverNext']

/** A relay that would look again only after an hour; `look` answers each look at the outbox, numbered from 1. */
function start(
  t: TestContext,
  look: (number: number, ...args: Parameters<DeliverNext>) => unknown
) {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let looks = 0
  const deliverNext = async (...args: Parameters<DeliverNext>) => {
    looks += 1
    return look(looks, ...args) as Awaited<ReturnType<DeliverNext>>
  }
  const relay = createPublisher({
    outbox: { deliverNext },
    transport,
    log,
    lanes: 1,
    pollMs: never
  })
  t.after(async () => relay.stop())
  return { relay, done, resolve }
}

test('news that comes while the outbox is read is not overlooked', async (t: TestContext) => {
  const { relay, done, resolve } = start(t, (number) => {
    if (number === 1) relay.wake()
    if (number === 2) resolve()
    return null
  })

  relay.start()

  await done
})

test('an event that was refused is tried again when it is due, however seldom it looks', async (t: TestContext) => {
  const { relay, done, resolve } = start(t, (number, { pauseMs }) => {
    if (number === 1) {
      pauseMs(1)
      return { event, outcome: 'refused', waited_ms: 0 }
    }
    if (number === 3) resolve()
    return null
  })

  relay.start()

  await done
})

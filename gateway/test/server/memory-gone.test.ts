import type { Socket } from 'node:net'
import { test } from 'node:test'
import { skip, startMeasured } from '../harness/measured.ts'

const connections = 120
/** As many as the gateway asks for before the turn of their answers comes. */
const ahead = 8
const answer = Buffer.concat([
  Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n'),
  Buffer.alloc(500_000, 'x')
])

test('F21 keeps nothing of the answers that waited for their turn once the client is gone', {
  skip
}, async (t) => {
  let asked: Socket[] = []
  let all = Promise.withResolvers<void>()
  const { open, assertFlat } = await startMeasured(t, (socket, target) => {
    if (target === '/big') socket.write(answer)
    if (asked.push(socket) > ahead) all.resolve()
  })

  for (let i = 0; i < connections; i += 1) {
    asked = []
    all = Promise.withResolvers()
    const client = await open('GET /silent HTTP/1.1')
    client.write(`\r\n${'GET /big HTTP/1.1\r\nhost: gateway\r\n\r\n'.repeat(ahead)}`)
    await all.promise
    const left = asked.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    client.resetAndDestroy()
    await Promise.all(left)
  }

  assertFlat(`${connections} clients came and went`)
})

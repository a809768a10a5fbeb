import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { mb, pour, skip, standsStill, startMeasured } from '../../harness/measured.ts'

const gb = 1024 ** 3
const bytes = Number(process.env.MEMORY_BYTES ?? gb)
const okHead = `HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n`

for (const isSecure of [false, true]) {
  const behind = isSecure ? ' behind TLS' : ''

  test(`F21 holds back an upstream${behind} whose client does not read`, { skip }, async (t) => {
    const started = Promise.withResolvers<() => number>()
    const { open, assertFlat } = await startMeasured(
      t,
      (socket) => {
        socket.write(okHead)
        started.resolve(pour(socket, bytes))
      },
      { isSecure }
    )
    const client = await open('GET /big HTTP/1.1')
    client.pause()
    client.write('\r\n')

    const written = await standsStill(t, await started.promise)

    assert.ok(written > 0 && written < bytes / 4, `the upstream got rid of ${mb(written)}`)
    assertFlat(`${mb(written)} taken of a client that does not read`)
  })

  test(`F21 holds back a client whose upstream${behind} does not read`, { skip }, async (t) => {
    const arrived = Promise.withResolvers<void>()
    const { open, assertFlat } = await startMeasured(
      t,
      (socket) => {
        socket.pause()
        arrived.resolve()
      },
      { isSecure }
    )
    const client = await open('POST /big HTTP/1.1')
    client.write(`content-length: ${bytes}\r\n\r\n`)
    const sent = pour(client, bytes)
    await arrived.promise

    const written = await standsStill(t, sent)

    assert.ok(written > 0 && written < bytes / 4, `the client got rid of ${mb(written)}`)
    assertFlat(`${mb(written)} taken for an upstream that does not read`)
  })

  test(`F21 passes ${mb(bytes)} from an upstream${behind} at full speed without growing`, {
    skip
  }, async (t) => {
    const { open, assertFlat } = await startMeasured(
      t,
      (socket) => {
        socket.write(okHead)
        pour(socket, bytes)
      },
      { isSecure }
    )
    const client = await open('GET /big HTTP/1.1')
    const done = Promise.withResolvers<void>()
    let received = 0
    let first = ''
    client.on('data', (chunk) => {
      if (first === '') first = chunk.toString('latin1')
      received += chunk.length
      if (received >= bytes) done.resolve()
    })
    client.on('close', () => done.reject(new Error(`closed after ${mb(received)}`)))
    const started = performance.now()
    client.write('\r\n')

    await done.promise

    assert.match(first, /^HTTP\/1\.1 200 /)
    assertFlat(`${mb(received)} in ${Math.round(performance.now() - started)} ms`)
  })

  test(`F21 passes ${mb(bytes)} to an upstream${behind} at full speed without growing`, {
    skip
  }, async (t) => {
    let received = 0
    const { open, assertFlat } = await startMeasured(
      t,
      (socket, _target, rest) => {
        received = rest
        socket.on('data', (chunk) => {
          received += chunk.length
          if (received >= bytes) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
        })
      },
      { isSecure }
    )
    const client = await open('POST /big HTTP/1.1')
    const started = performance.now()
    client.write(`content-length: ${bytes}\r\n\r\n`)
    pour(client, bytes)

    const [answer] = await once(client, 'data')

    assert.match(answer.toString('latin1'), /^HTTP\/1\.1 200 /)
    assert.equal(received, bytes)
    assertFlat(`${mb(received)} in ${Math.round(performance.now() - started)} ms`)
  })
}

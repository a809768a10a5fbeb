import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { ClientConnection } from '../../src/server/client-connection.ts'

/** A connection that is listened to, and three that its client waits for. */
function setUp() {
  const socket = new Socket()
  const connection = new ClientConnection(socket)
  connection.watch()
  const told: string[] = []
  const waiting = (name: string) => {
    const one = {
      clientBroke: () => undefined,
      clientSendsNoMore: () => void told.push(`${name} end`),
      clientClosed() {
        told.push(`${name} close`)
        connection.waitNoMore(one)
      }
    }
    connection.waitOn(one)
    return one
  }
  const [first, second, third] = ['first', 'second', 'third'].map(waiting)
  assert.ok(first && second && third)
  return { connection, socket, told, first, second, third }
}

test('F22 tells all that a client waits for that it closed, also where each then leaves', () => {
  const { socket, told } = setUp()

  socket.emit('end')
  socket.emit('close')

  const names = ['first', 'second', 'third']
  assert.deepEqual(told, [
    ...names.map((name) => `${name} end`),
    ...names.map((name) => `${name} close`)
  ])
})

test('F22 tells nobody who is over, and nobody else less for it', () => {
  const { connection, socket, told, first, second } = setUp()

  connection.waitNoMore(second)
  connection.waitNoMore(second)
  connection.waitNoMore(first)
  socket.emit('close')

  assert.deepEqual(told, ['third close'])
})

test('F47 ends a response that started before its turn when its connection closes', () => {
  const socket = Object.assign(new Socket(), { _httpMessage: { req: { method: 'GET' } } })
  const connection = new ClientConnection(socket)
  connection.watch()
  const response = new EventEmitter()
  let served = 0
  let closed = 0
  response.once('close', () => {
    closed += 1
  })

  connection.serveInTurn({ method: 'GET' } as never, response as never, () => {
    served += 1
  })
  socket.emit('close')

  assert.deepEqual([served, closed], [1, 1])
})

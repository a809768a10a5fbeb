import type { Table } from '../table/route.ts'
import type { Caller } from './arguments.ts'
import { bytesOf, connect } from './connection.ts'
import { buildEdge, type Heard } from './edge.ts'
import type { Outcome } from './outcome.ts'

/**
 * Puts a request through the edge itself, guard to forwarder, on a connection in memory, and tells what comes of it.
 * Nothing is sent. Gives null where the caller's id can be in no token.
 */
export async function rehearse(
  table: Table,
  line: string,
  headers: readonly [string, string][],
  caller: Caller | null
): Promise<Outcome | null> {
  const outcome: Outcome = {
    sent: null,
    guard: 'the parser of HTTP/1.1 cannot read it',
    answer: '',
    own: false
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  const heard: Heard = (part) => {
    Object.assign(outcome, part)
    resolve()
  }
  const { app, tokens } = await buildEdge(table, outcome, heard)
  const session = {
    user_id: caller?.id ?? '',
    user_type: caller?.type ?? '',
    session_id: 'the-callers-session'
  }
  const token = caller && tokens.issue(session)
  if (token !== null && tokens.verify(token) === null) {
    await app.close()
    return null
  }
  const { client, breakOff } = connect(app.server)
  client.on('data', (chunk) => {
    outcome.answer += chunk
  })
  client.once('end', resolve)
  client.write(bytesOf(line, headers, token))
  await promise
  breakOff()
  await app.close()
  return outcome
}

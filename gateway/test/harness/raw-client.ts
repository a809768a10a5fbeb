import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { declaredFraming, type Framing, type Head, type Header, valuesOf } from './message.ts'
import { createMessageReader } from './message-reader.ts'
import { createWatch } from './watch.ts'

type Bytes = string | Buffer

/** An answer as it stood on the wire; `body` grows until `complete` says that it ended as declared. */
export interface Answer {
  status: number
  headers: Header[]
  /** The raw head, latin1. */
  text: string
  body: Buffer
  complete: boolean
  /** The first value of a field; names in lower case. */
  header: (name: string) => string | undefined
  all: (name: string) => string[]
  json: () => Record<string, unknown>
}

function createAnswer(head: Head): Answer {
  return {
    status: Number(head.start.split(' ')[1]),
    headers: head.headers,
    text: head.text,
    body: Buffer.alloc(0),
    complete: false,
    header: (name) => valuesOf(head.headers, name)[0],
    all: (name) => valuesOf(head.headers, name),
    json() {
      return JSON.parse(this.body.toString())
    }
  }
}

function framingOf(answer: Answer, method: string): Framing {
  if (method === 'HEAD' || answer.status < 200 || answer.status === 204 || answer.status === 304) {
    return 0
  }
  return declaredFraming(answer.headers, 'until-close')
}

/**
 * A client that sends exactly the bytes it is given. `methods` are those of the requests in order, since a
 * HEAD's answer has no body; what is not listed counts as GET. Lives until the test ends.
 */
export async function connectRaw(
  t: { after: (end: () => void) => void },
  port: number,
  { methods = [] as string[], from = '127.0.0.1' } = {}
) {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true })
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return speak(socket, methods)
}

function speak(socket: Socket, methods: string[]) {
  const answers: Answer[] = []
  const informational: Answer[] = []
  let closed: 'end' | 'reset' | null = null
  const { changed, until } = createWatch()
  let current: Answer | null = null
  let read = 0

  const reader = createMessageReader({
    head(head) {
      const answer = createAnswer(head)
      current = answer
      if (answer.status < 200) informational.push(answer)
      else answers.push(answer)
      return framingOf(answer, methods[answers.length - 1] ?? 'GET')
    },
    data(bytes) {
      if (current) current.body = Buffer.concat([current.body, bytes])
    },
    end() {
      if (current) current.complete = true
    }
  })

  function close(how: 'end' | 'reset') {
    if (closed === null && how === 'end') reader.close()
    closed ??= how
    changed()
  }
  socket.on('data', (bytes) => {
    reader.push(bytes)
    changed()
  })
  socket.on('end', () => close('end'))
  socket.on('error', () => close('reset'))
  socket.on('close', () => close('reset'))

  return {
    socket,
    answers,
    informational,
    /** Writes as one piece what it is given. */
    send: (...parts: Bytes[]) =>
      socket.write(Buffer.concat(parts.map((part) => Buffer.from(part)))),
    /** Half-closes: no more will be sent, answers are still read. */
    end: () => socket.end(),
    abort: () => socket.resetAndDestroy(),
    /** The next answer, complete, or as far as it came before the connection closed. */
    async answer(): Promise<Answer> {
      const mine = read++
      return await until(`answer ${mine + 1}`, () => {
        const answer = answers[mine]
        if (answer?.complete || (answer && closed)) return answer
        if (closed) throw new Error(`closed (${closed}) before answer ${mine + 1}`)
      })
    },
    /** The answer under way as soon as `enough` of it is there; it grows on. */
    partial: (enough: (answer: Answer) => boolean = () => true) =>
      until(`part of answer ${read + 1}`, () => {
        const answer = answers[read]
        if (answer && enough(answer)) return answer
        if (closed) throw new Error(`closed (${closed}) before that much of answer ${read + 1}`)
      }),
    /** How the other side ended the connection. */
    closed: () => until('the end of the connection', () => closed)
  }
}

export type RawClient = Awaited<ReturnType<typeof connectRaw>>

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

type Context = { after: (end: () => void) => void }

/** A port whose connections are neither taken nor refused. */
export interface Filled {
  port: number
  /** False where the kernel opens connections for a server that takes none. */
  isFull: boolean
}

/** A server that stops before it takes a connection: what it may keep waiting is one or two. */
const program = `
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(String(server.address().port))
  setImmediate(() => process.kill(process.pid, 'SIGSTOP'))
})`
const patienceMs = 300
const mostHeld = 10

async function isTaken(socket: Socket): Promise<boolean> {
  const gone = AbortSignal.timeout(patienceMs)
  return await once(socket, 'connect', { signal: gone }).then(
    () => true,
    () => false
  )
}

/** Holds connections to a process that is stopped until the kernel lets nobody wait any more. */
export async function fillBacklog(t: Context): Promise<Filled> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [bytes] = await once(child.stdout, 'data')
  const port = Number(bytes)
  for (let held = 0; held < mostHeld; held += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.after(() => socket.destroy())
    if (!(await isTaken(socket))) return { port, isFull: true }
  }
  return { port, isFull: false }
}

import { createServer } from 'node:net'

/**
 * The static upstream behind every peer: answers any request with a small JSON body, and `/bytes/<n>` with
 * n bytes. It reads no more of a request than it has to, so that it is never what is measured.
 */
const order = JSON.stringify({
  id: '01900000-0000-7000-8000-000000000001',
  item: 'A book',
  address: '1 Main Street',
  quantity: 1,
  status: 'placed',
  created_by: '01900000-0000-7000-8000-00000000000a',
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z'
})
const answers = new Map<string, Buffer>()
const bytesPath = /\/bytes\/(\d{1,8})/

function answerTo(requestLine: string): Buffer {
  const size = bytesPath.exec(requestLine)?.[1]
  const key = size ?? ''
  const known = answers.get(key)
  if (known) return known
  const body = size === undefined ? order : 'x'.repeat(Number(size))
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`
  const answer = Buffer.from(`${head}\r\n\r\n${body}`)
  answers.set(key, answer)
  return answer
}

const server = createServer({ noDelay: true }, (socket) => {
  let held: Buffer = Buffer.alloc(0)
  let bodyLeft = 0
  let pending: Buffer | null = null

  function readHead(): boolean {
    const end = held.indexOf('\r\n\r\n')
    if (end < 0) return false
    const head = held.toString('latin1', 0, end)
    held = held.subarray(end + 4)
    bodyLeft = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    pending = answerTo(head.slice(0, head.indexOf('\r')))
    return true
  }
  function step(): boolean {
    if (pending === null && !readHead()) return false
    const skipped = Math.min(bodyLeft, held.length)
    held = held.subarray(skipped)
    bodyLeft -= skipped
    if (bodyLeft > 0 || pending === null) return false
    socket.write(pending)
    pending = null
    return held.length > 0
  }
  socket.on('data', (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes])
    while (step());
  })
  socket.on('error', () => socket.destroy())
})
server.listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => process.exit(0))

import { type TestContext, test } from 'node:test'
import { readable } from '../src/log-lines.ts'

const time = new Date(2030, 0, 2, 3, 4, 5).toISOString()
const line = (fields: object) =>
  readable(JSON.stringify({ level: 30, time, service: 'x', pid: 1, ...fields }))

test('shows a request as its time, method, path, status, duration and id', (t: TestContext) => {
  const request = { request_id: 'a1', method: 'GET', url: '/api/me', status: 200, duration_ms: 3 }

  t.assert.equal(line({ ...request, msg: 'request completed' }), '03:04:05 GET /api/me 200 3 ms a1')
})

test('shows the level where it is not info, and fields it does not know', (t: TestContext) => {
  const fields = { level: 40, msg: 'late', user_id: 'u1', tries: [1, 2], none: null }

  t.assert.equal(line(fields), '03:04:05 WARN late user_id=u1 tries=[1,2]')
})

test('shows the stack of an error on lines of its own', (t: TestContext) => {
  const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at here' }

  t.assert.equal(
    line({ level: 50, msg: 'failed', err }),
    '03:04:05 ERROR failed\nError: no\n    at here'
  )
})

test('K21 shows what steers a terminal as text, a line feed too', (t: TestContext) => {
  t.assert.equal(line({ msg: 'a\u001b[2Jb\nc' }), '03:04:05 a\\u001b[2Jb\\nc')
})

test('leaves a line that is not JSON as it is', (t: TestContext) => {
  for (const text of ['Port 1 is taken.', '{broken', '']) t.assert.equal(readable(text), text)
})

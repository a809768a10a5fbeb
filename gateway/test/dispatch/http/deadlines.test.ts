import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Deadline, Deadlines } from '../../../src/dispatch/http/timeouts.ts'

/** One that tells when it was looked at, and then does what it is told to. */
class Told extends Deadline {
  readonly looked = Promise.withResolvers<number>()
  count = 0
  next = () => {}

  override look() {
    this.count += 1
    this.looked.resolve(performance.now())
    this.next()
  }
}

const inMs = (ms: number) => performance.now() + ms

/** Adds one for each of these, in ms from now; the test's own timer keeps the process going. */
function setUp(t: { after: (end: () => void) => void }, ...times: number[]) {
  const alive = setInterval(() => {}, 1000)
  t.after(() => clearInterval(alive))
  const deadlines = new Deadlines()
  const all = times.map((ms) => {
    const one = new Told()
    deadlines.add(one, inMs(ms))
    return one
  })
  return { deadlines, all: all as [Told, Told, Told] }
}

test('G1 looks at each when it is due, in whatever order they came', async (t) => {
  const begun = performance.now()
  const { all } = setUp(t, 60, 20, 40)

  const times = await Promise.all(all.map(({ looked }) => looked.promise))

  const [last, first, second] = times.map((time) => time - begun) as [number, number, number]
  assert.ok(first >= 20 && second >= 40 && last >= 60, `${first}, ${second}, ${last} ms`)
  assert.ok(first < second && second < last, `${first}, ${second}, ${last} ms`)
})

test('G1 looks at nothing that was called off, and at all others', async (t) => {
  const { deadlines, all } = setUp(t, 20, 20, 40)
  const [first, second, third] = all

  deadlines.remove(first)
  deadlines.remove(first)
  await third.looked.promise

  assert.deepEqual([first.count, second.count, third.count], [0, 1, 1])
})

test('G1 looks once more at one that is added while it is looked at', async (t) => {
  const { deadlines, all } = setUp(t, 10)
  const [one] = all
  const again = Promise.withResolvers<void>()
  one.next = () => {
    if (one.count < 3) deadlines.add(one, inMs(10))
    else again.resolve()
  }

  await again.promise

  assert.equal(one.count, 3)
})

test('G1 does not look at one that another, due at the same time, calls off', async (t) => {
  const { deadlines, all } = setUp(t, 10, 10, 30)
  const [first, second, third] = all
  first.next = () => deadlines.remove(second)
  second.next = () => deadlines.remove(first)

  await third.looked.promise

  assert.equal(first.count + second.count, 1)
})

test('G15 keeps no process from ending', async () => {
  const module = JSON.stringify(import.meta.resolve('../../../src/dispatch/http/timeouts.ts'))
  const program = `import(${module}).then(({ Deadline, Deadlines }) => {
    new Deadlines().add(new (class extends Deadline { look() {} })(), performance.now() + 60_000)
  })`

  const [code] = await once(new Worker(program, { eval: true }), 'exit')

  assert.equal(code, 0)
})

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { endOrphan } from '../src/postgres/orphan.ts'
import { environmentsOn, leftOn, processOn } from './processes.ts'
import { dataFolder, logIn, placeOrder, readOrders, runStart, untilReady } from './system.ts'

const skip = process.platform === 'linux' ? false : 'it looks into /proc'

suite('npm start', { skip }, () => {
  test('K3 keeps secrets in files for their owner alone, and ends on Ctrl-C with no process left', async (t: TestContext) => {
    const folder = dataFolder(t)
    const system = await runStart(t, folder)
    await system.ready()
    t.assert.equal((await logIn(system.port)).status, 200)

    const secrets = join(folder, 'secrets')
    const files = readdirSync(secrets)
    const told = [system.said(), ...environmentsOn(folder).values()]
    system.child.kill('SIGINT')

    t.assert.equal(await system.exited, 0, system.said())
    t.assert.deepEqual([...environmentsOn(folder).keys()], [])
    t.assert.equal(statSync(secrets).mode & 0o777, 0o700)
    t.assert.ok(files.includes('jwt-secret'))
    for (const file of files) {
      const value = readFileSync(join(secrets, file), 'utf8')
      t.assert.equal(statSync(join(secrets, file)).mode & 0o777, 0o600, file)
      t.assert.ok(!told.some((text) => text.includes(value)), file)
    }
  })

  test('finds its data again after it was killed, and what it had started ends by itself', async (t: TestContext) => {
    const folder = dataFolder(t)
    mkdirSync(join(folder, 'postgres-unfinished/base'), { recursive: true })
    const killed = await runStart(t, folder)
    await killed.ready()
    const order = await placeOrder(killed.port)
    killed.child.kill('SIGKILL')
    await killed.exited
    // The numbers of ended processes, which others have by now.
    writeFileSync(join(folder, 'lock'), String(process.pid))

    const again = await runStart(t, folder)

    await again.ready()
    t.assert.deepEqual(await readOrders(again.port), [order])
    again.child.kill('SIGTERM')
    t.assert.equal(await again.exited, 0)
    t.assert.deepEqual(await leftOn(folder), [])
  })

  test('leaves no process behind where it is killed, PostgreSQL neither', async (t: TestContext) => {
    const folder = dataFolder(t)
    const killed = await runStart(t, folder)
    await killed.ready()

    killed.child.kill('SIGKILL')

    await killed.exited
    t.assert.deepEqual(await leftOn(folder), [])
  })

  test('refuses a folder that another runs on, and starts again what was killed, PostgreSQL too', async (t: TestContext) => {
    const folder = dataFolder(t)
    writeFileSync(join(folder, 'lock'), String(process.pid))
    const first = await runStart(t, folder)
    await first.ready()

    const second = await runStart(t, folder)
    t.assert.equal(await second.exited, 1)
    const order = await placeOrder(first.port)
    const ended = (name: string) => first.said().includes(`${name} ended (SIGKILL); it is started`)
    for (const [name, part] of [
      ['PostgreSQL', 'postgres\0-D'],
      ['orders', 'services/orders/src/main.ts']
    ] as const) {
      process.kill(processOn(folder, part), 'SIGKILL')
      await until(() => ended(name), `the end of ${name}`)
      await untilReady(first.port)
    }
    const orders = await readOrders(first.port)
    first.child.kill('SIGTERM')

    const taken = `Process ${first.child.pid} already runs on ${folder}; stop it, or set DATA_DIR and GATEWAY_PORT.\n`
    t.assert.equal(second.said(), taken)
    t.assert.deepEqual(orders, [order])
    t.assert.equal(await first.exited, 0, first.said())
    t.assert.deepEqual(await leftOn(folder), [])
  })

  test('a second signal does not wait', async (t: TestContext) => {
    const folder = dataFolder(t)
    const system = await runStart(t, folder)
    await system.ready()

    system.child.kill('SIGINT')
    system.child.kill('SIGTERM')

    t.assert.ok([0, 130].includes((await system.exited) ?? -1))
    t.assert.deepEqual(await leftOn(folder), [])
  })
})

test('a postmaster.pid that names a process which is no PostgreSQL of ours is removed', async (t: TestContext) => {
  const folder = join(dataFolder(t), 'postgres')
  mkdirSync(folder)
  writeFileSync(join(folder, 'postmaster.pid'), `${process.pid}\n${folder}\n`)

  await endOrphan(folder)

  t.assert.deepEqual(readdirSync(folder), [])
})

test('refuses a port that is taken', async (t: TestContext) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }

  const system = await runStart(t, dataFolder(t), { GATEWAY_PORT: String(port) })

  t.assert.equal(await system.exited, 1)
  t.assert.equal(system.said(), `Port ${port} is taken; set GATEWAY_PORT to another.\n`)
})

test('refuses a port that is none', async (t: TestContext) => {
  const system = await runStart(t, dataFolder(t), { GATEWAY_PORT: 'eighty' })

  t.assert.equal(await system.exited, 1)
  t.assert.equal(system.said(), 'GATEWAY_PORT must be a number from 0 to 65535, not "eighty".\n')
})

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { environmentsOn, leftOn, processOn } from './processes.ts'
import { dataFolder, logIn, placeOrder, readOrders, runStart } from './system.ts'

const skip = process.platform === 'linux' ? false : 'it looks into /proc'

suite('npm start', { skip }, () => {
  test('serves, ends on Ctrl-C with exit code 0 and no process left, and finds its data again', async (t: TestContext) => {
    const folder = dataFolder(t)
    const first = await runStart(t, folder)
    await first.ready()
    const order = await placeOrder(first.port)

    first.child.kill('SIGINT')

    t.assert.equal(await first.exited, 0, first.said())
    t.assert.deepEqual([...environmentsOn(folder).keys()], [])
    const second = await runStart(t, folder)
    await second.ready()
    t.assert.deepEqual(await readOrders(second.port), [order])
  })

  test('K3 keeps secrets in files for their owner alone: no process has one, and none is shown', async (t: TestContext) => {
    const folder = dataFolder(t)
    const system = await runStart(t, folder)
    await system.ready()
    await logIn(system.port)

    const secrets = join(folder, 'secrets')
    const files = readdirSync(secrets)

    t.assert.equal(statSync(secrets).mode & 0o777, 0o700)
    t.assert.ok(files.includes('jwt-secret'))
    const told = [system.said(), ...environmentsOn(folder).values()]
    for (const file of files) {
      const value = readFileSync(join(secrets, file), 'utf8')
      t.assert.equal(statSync(join(secrets, file)).mode & 0o777, 0o600, file)
      t.assert.ok(!told.some((text) => text.includes(value)), file)
    }
  })

  test('ends everything and says so when a process ends by itself', async (t: TestContext) => {
    const folder = dataFolder(t)
    const system = await runStart(t, folder)
    await system.ready()

    process.kill(processOn(folder, 'services/orders/src/main.ts'), 'SIGKILL')

    t.assert.equal(await system.exited, 1)
    t.assert.match(system.said(), /^orders ended \(SIGKILL\), so everything else was stopped\.$/m)
    t.assert.deepEqual([...environmentsOn(folder).keys()], [])
  })

  test('starts again after it was killed, and what it had started ends by itself', async (t: TestContext) => {
    const folder = dataFolder(t)
    const killed = await runStart(t, folder)
    await killed.ready()
    const order = await placeOrder(killed.port)

    killed.child.kill('SIGKILL')
    await killed.exited

    const again = await runStart(t, folder)
    await again.ready()
    t.assert.deepEqual(await readOrders(again.port), [order])
    again.child.kill('SIGTERM')
    t.assert.equal(await again.exited, 0)
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

  test('refuses a folder that another start runs on', async (t: TestContext) => {
    const folder = dataFolder(t)
    const first = await runStart(t, folder)
    await first.ready()

    const second = await runStart(t, folder)

    t.assert.equal(await second.exited, 1)
    t.assert.equal(
      second.said(),
      `Process ${first.child.pid} already runs on ${folder}; stop it, or set DATA_DIR and GATEWAY_PORT.\n`
    )
    t.assert.equal((await logIn(first.port)).status, 200)
  })

  test('takes over what a crash left: locks of processes that are gone, or others by now', async (t: TestContext) => {
    const folder = dataFolder(t)
    const first = await runStart(t, folder)
    await first.ready()
    first.child.kill('SIGTERM')
    await first.exited
    writeFileSync(join(folder, 'lock'), String(process.pid))
    const pidFile = join(folder, 'postgres/postmaster.pid')
    writeFileSync(pidFile, `${process.pid}\n${join(folder, 'postgres')}\n`)

    const second = await runStart(t, folder)

    await second.ready()
    t.assert.equal((await logIn(second.port)).status, 200)
  })

  test('removes what an interrupted first start left', async (t: TestContext) => {
    const folder = dataFolder(t)
    mkdirSync(join(folder, 'postgres-unfinished/base'), { recursive: true })

    const system = await runStart(t, folder)

    await system.ready()
    t.assert.equal((await logIn(system.port)).status, 200)
  })
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

import { execFileSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'

const script = `
await import('${new URL('../src/gateway.ts', import.meta.url)}')
const { createRequire } = await import('node:module')
const own = Object.keys(createRequire('${import.meta.url}').cache)
const given = process.moduleLoadList.filter((name) => name.startsWith('NativeModule'))
console.log(JSON.stringify([...own, ...given]))`

test('the gateway loads neither fetch nor WebSocket, which it has no use for: 10 MB that would stay', (t: TestContext) => {
  const node = ['--input-type=module', '--eval', script]
  const loaded: string[] = JSON.parse(execFileSync(process.execPath, node, { encoding: 'utf8' }))

  t.assert.ok(loaded.some((name) => name.includes('/undici/lib/dispatcher/pool.js')))
  t.assert.deepEqual(
    loaded.filter((name) => /undici\/(undici|index\.js|lib\/(web|cache|mock)\/)/.test(name)),
    []
  )
})

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { canEnter } from '../within-reach.js'

const nobody = { uid: 65_534, gid: 65_534 }

test('a folder can be entered if every folder above it can', (t: TestContext) => {
  const outer = mkdtempSync(join(tmpdir(), 'gatehouse-reach-'))
  t.after(() => rmSync(outer, { recursive: true }))
  const inner = join(outer, 'inner')
  mkdirSync(inner, { mode: 0o755 })

  t.assert.equal(canEnter(inner, nobody), false)
  chmodSync(outer, 0o711)
  t.assert.equal(canEnter(inner, nobody), true)
  chmodSync(inner, 0o700)
  t.assert.equal(canEnter(inner, nobody), false)
})

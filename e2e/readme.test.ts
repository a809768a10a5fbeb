import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { baseUrl } from './base-url.ts'
import { type Fence, fences, shape } from './fences.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const all = fences(readme)
const isSession = ({ language, text }: Fence) => language === 'sh' && /\bcurl /.test(text)
const sessions = all.filter(isSession)

/** What the README shows under a block; null where the next block is no output. */
function shown(block: Fence): Fence | null {
  const next = all[all.indexOf(block) + 1]
  return next && ['json', 'http', 'text'].includes(next.language) ? next : null
}

/** Runs the blocks one after another in one shell, for a later one may use what an earlier one set. */
function runAll(blocks: Fence[]): string[] {
  const mark = '--- the next block of the README ---'
  const script = blocks.map(({ text }) => text.replaceAll('http://localhost:8001', baseUrl))
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail'], {
    input: script.join(`\necho; echo '${mark}'\n`),
    encoding: 'utf8'
  })
  assert.equal(status, 0, stderr)
  return stdout.split(`${mark}\n`)
}

/** The JSON at the end of an output, after the headers where `curl -i` shows them; null where there is none. */
function jsonIn(output: string): unknown {
  const start = output.search(/^[[{]/m)
  return start < 0 ? null : JSON.parse(output.slice(start))
}

test('the requests of the README answer what it shows', () => {
  assert.ok(sessions.length > 0, 'README.md has a sh block with curl')

  const outputs = runAll(sessions)

  for (const [index, block] of sessions.entries()) {
    const output = outputs[index] ?? ''
    const expected = shown(block)
    const where = `README.md:${block.line} answered ${output}`
    if (expected) assert.deepEqual(shape(jsonIn(output)), shape(jsonIn(expected.text)), where)
    else assert.doesNotMatch(output, /"\/problems\//, where)
  }
})

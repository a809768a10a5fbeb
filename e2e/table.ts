import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Table {
  aliases?: Record<string, string>
  routes: Record<string, { allow: string | string[] }>
}

const gateway = join(import.meta.dirname, '../gateway')
const table = parse(readFileSync(join(gateway, 'gateway.yml'), 'utf8')) as Table

/** The lines of the table the system runs on: `GET /api/me` and who may ask. */
export function readTable() {
  return Object.entries(table.routes).map(([line, { allow }]) => {
    const [method = '', path = ''] = line.split(/\s+/)
    return { name: `${method} ${path}`, method, path, allow: [allow].flat() }
  })
}

/** The public paths that mean this one as well, by the table's aliases. */
export function aliasesOf(path: string): string[] {
  return Object.entries(table.aliases ?? {})
    .filter(([, to]) => path.startsWith(`${to}/`))
    .map(([from, to]) => from + path.slice(to.length))
}

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/** What `npm run gateway -- matrix` prints: for each line of the table what the gateway decides, by who asks. */
export function printedMatrix(): Map<string, Record<string, string>> {
  const printed = execFileSync(process.execPath, [join(gateway, 'src/cli/main.ts'), 'matrix'], {
    encoding: 'utf8'
  })
  const [head = '', , ...lines] = printed.split('\n').filter((line) => line.startsWith('|'))
  const [, ...callers] = cellsOf(head)
  return new Map(
    lines.map((line) => {
      const [route = '', ...cells] = cellsOf(line)
      return [route, Object.fromEntries(callers.map((who, index) => [who, cells[index] ?? '']))]
    })
  )
}

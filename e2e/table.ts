import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Table {
  routes: Record<string, { allow: string | string[] }>
}

const file = join(import.meta.dirname, '../gateway/gateway.yml')

/** The lines of the table the system runs on: `GET /api/me` and who may ask. */
export function readTable() {
  const { routes } = parse(readFileSync(file, 'utf8')) as Table
  return Object.entries(routes).map(([line, { allow }]) => {
    const [method = '', path = ''] = line.split(/\s+/)
    return { name: `${method} ${path}`, method, path, allow: [allow].flat() }
  })
}

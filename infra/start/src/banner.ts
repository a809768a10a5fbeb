import { relative } from 'node:path'
import type { Settings } from './settings.ts'

/** What is shown once everything is ready: where it is, who can log in, and a first request. */
export function banner(
  { root, dataDir }: Settings,
  port: number,
  startedAt: number,
  demo: boolean
) {
  const url = `http://localhost:${port}`
  const inside = relative(root, dataDir)
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  const accounts = ['', '  admin / a    an admin', '  user  / u    a user', '']
  const login = [
    `  curl -s ${url}/api/login -H 'content-type: application/json' \\`,
    `    -d '{"username":"user","password":"u"}'`,
    ''
  ]
  return [
    '',
    `Gatehouse is ready after ${seconds} s.`,
    '',
    `  ${url}         what runs here`,
    `  ${url}/docs    its documentation`,
    ...(demo ? [...accounts, ...login] : ['']),
    `Ctrl-C stops it; its data stay in ${inside.startsWith('..') ? dataDir : inside}.`,
    ''
  ].join('\n')
}

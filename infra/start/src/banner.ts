import { relative } from 'node:path'
import type { Settings } from './settings.ts'

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** What a URL names the gateway by, seen from this machine. */
function urlHost(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** What is shown once everything is ready: where it is, who can log in, and a first request. */
export function banner(
  { root, dataDir, host }: Settings,
  port: number,
  startedAt: number,
  demo: boolean
) {
  const url = `http://${urlHost(host)}:${port}`
  const inside = relative(root, dataDir)
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  const accounts = ['', '  admin / a    an admin', '  user  / u    a user', '']
  const login = [
    `  curl -s ${url}/api/login -H 'content-type: application/json' \\`,
    `    -d '{"username":"user","password":"u"}'`,
    ''
  ]
  const warning = [
    `Warning: HOST=${host} lets everybody on the network log in as admin with the password a; set DEMO=false.`,
    ''
  ]
  return [
    '',
    ...(demo && !isLoopback(host) ? warning : []),
    `Gatehouse is ready after ${seconds} s.`,
    '',
    `  ${url}         what runs here`,
    `  ${url}/docs    its documentation`,
    ...(demo ? [...accounts, ...login] : ['']),
    `Ctrl-C stops it; its data stay in ${inside.startsWith('..') ? dataDir : inside}.`,
    ''
  ].join('\n')
}

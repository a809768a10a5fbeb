import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from '../pinned.ts'
import type { Peer, Place } from './peer.ts'

function configuration(port: number, { upstreamPort, log }: Place): string {
  return `
global
  nbthread 1
  maxconn 4096
  ${log === null ? '' : 'log stdout format raw local0'}
defaults
  mode http
  ${log === null ? '' : 'log global\n  option httplog'}
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend gate
  bind 127.0.0.1:${port}
  default_backend static
backend static
  server static 127.0.0.1:${upstreamPort}
`
}

/** HAProxy as a plain proxy, without any check; one thread. */
export const haproxy: Peer = {
  name: 'haproxy',
  installed: () => !spawnSync('haproxy', ['-v']).error,
  async start(place) {
    const file = join(place.folder, 'haproxy.cfg')
    const prepare = (port: number) => writeFile(file, configuration(port, place))
    const command = ['haproxy', '-db', '-f', file]
    return await startServer(place.core, command, { prepare, log: place.log })
  }
}

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from '../pinned.ts'
import type { Peer, Place } from './peer.ts'

/** One process, bodies in memory, connections kept on both sides. */
function configuration(port: number, { upstreamPort, folder, log }: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/nginx-${name};`
  )
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log ${log ?? 'off'};
  ${temporary.join('\n  ')}
  keepalive_requests 1000000000;
  client_body_buffer_size 256k;
  upstream static {
    server 127.0.0.1:${upstreamPort};
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://static;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffers 16 16k;
      proxy_max_temp_file_size 0;
    }
  }
}
`
}

/** nginx as a plain proxy, without any check. */
export const nginx: Peer = {
  name: 'nginx',
  installed: () => !spawnSync('nginx', ['-v']).error,
  async start(place) {
    const file = join(place.folder, 'nginx.conf')
    const prepare = (port: number) => writeFile(file, configuration(port, place))
    return await startServer(place.core, ['nginx', '-e', 'stderr', '-c', file], { prepare })
  }
}

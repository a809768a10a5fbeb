import type { Load } from './measure.ts'
import { direct } from './peers/direct.ts'
import { express, expressKept } from './peers/express.ts'
import { gatehouse, gatehouseWith } from './peers/gatehouse.ts'
import { haproxy } from './peers/haproxy.ts'
import { httpProxy } from './peers/http-proxy.ts'
import { nginx } from './peers/nginx.ts'
import type { Peer } from './peers/peer.ts'

/** One table of the output: what is asked of whom. */
export interface Scenario {
  title: string
  /** Whether the peers write an access log, to a file. */
  logged: boolean
  peers: Peer[]
  load: Partial<Load>
}

export const all = [direct, httpProxy, express, expressKept, nginx, haproxy, gatehouse]
const behind = all.filter((peer) => peer !== direct)
const few = gatehouseWith(20, 'gatehouse, 20 routes')
const many = gatehouseWith(2000, 'gatehouse, 2,000 routes')

export const scenarios: Record<string, Scenario> = {
  small: { title: 'Small GETs, access logs off', logged: false, peers: all, load: {} },
  logged: { title: 'Small GETs, access logs to a file', logged: true, peers: behind, load: {} },
  download: {
    title: 'Answers of 100 kB',
    logged: false,
    peers: all,
    load: { path: '/api/bytes/100000' }
  },
  upload: {
    title: 'Bodies of 100 kB sent',
    logged: false,
    peers: all,
    load: { method: 'POST', path: '/api/orders', bodyBytes: 100_000 }
  },
  posts: {
    title: 'Bodies of 200 bytes sent',
    logged: false,
    peers: all,
    load: { method: 'POST', path: '/api/orders', bodyBytes: 200 }
  },
  paced: {
    title: 'Small GETs at 2,000 a second, whatever becomes of them',
    logged: false,
    peers: all,
    load: { rate: 2000 }
  },
  routes: { title: 'The number of routes', logged: false, peers: [few, many], load: {} }
}

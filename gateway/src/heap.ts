import { setFlagsFromString } from 'node:v8'

/**
 * Keeps the space for new objects as large as starting up has made it. V8 would double it until it has 16 MB three
 * times over, for objects that live a millisecond: 70 MB more resident, and not one request a second faster
 * (bench/README.md). Set earlier, it stays so small that collecting costs a tenth of the throughput.
 */
export function settleHeap() {
  setFlagsFromString('--semi-space-growth-factor=1')
}

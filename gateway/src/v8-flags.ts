import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Room for new objects, in bytes: two halves, of which one is in use. */
const youngBytes = 16 * 1024 * 1024

setFlagsFromString('--expose-gc')
// Helpers of the collector take turns with this thread where there are fewer cores than threads: 4 ms for each of them.
// New objects are collected in 1 ms without any, and two are enough to mark the others.
setFlagsFromString('--no-parallel-scavenge')
setFlagsFromString('--concurrent-marking-max-worker-num=2')
// When there has been little to do, V8 collects once more, and gives up what nothing refers to at that moment: with the
// shapes of requests and answers, of which none is under way, all code that was compiled for them. A hundred functions
// would be compiled anew with the next requests, of which some then take 20 to 40 ms.
setFlagsFromString('--memory-reducer-gc-count=0')
const collect: (options: object) => void = runInNewContext('gc')

/** Collects what has become garbage among the newest objects; some 1 ms. */
export const collectYoung = () => collect({ type: 'minor' })

const youngSize = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0

/** Looks this often whether V8 has made the room for new objects smaller, in ms. */
const lookMs = 1000

/** Lets the room for new objects grow to its size and no further; V8 makes it smaller by itself when there is little to do. */
function boundYoung() {
  let isGrowing = false
  const watch = new PerformanceObserver(() => {
    if (youngSize() < youngBytes) return
    setFlagsFromString('--semi-space-growth-factor=1')
    isGrowing = false
    // Nothing is to be seen until it is smaller; being told of each collection costs, too.
    watch.disconnect()
  })
  const look = () => {
    if (isGrowing || youngSize() >= youngBytes) return
    isGrowing = true
    setFlagsFromString('--semi-space-growth-factor=2')
    watch.observe({ entryTypes: ['gc'] })
  }
  look()
  setInterval(look, lookMs).unref()
}

/**
 * Keeps resident what serving needs, not what starting needed; called once everything is built (bench/README.md has
 * the figures).
 *
 * First all garbage goes, and with it code that has run for the last time: 20 MB. The room for new objects, which is
 * then small, grows again until half its usual size; more is not one request a second faster, and much less costs a
 * tenth of them. What outlives two collections is looked through when it has grown by two fifths. With less, the room
 * that is left is soon smaller than that for new objects, and V8 looks again and again: 16 ms each on a busy core. By
 * itself it would let it grow fourfold, by what happened to be under way while it collected: 100 MB.
 */
export function settleHeap() {
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  setFlagsFromString('--heap-growing-percent=40')
  boundYoung()
}

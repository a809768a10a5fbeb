import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import type { Jobs, Name } from './job.ts'
import { work } from './work.ts'

interface Order<N extends Name = Name> {
  name: N
  taken: Jobs[N]['takes']
}

// Who forwards goes first. Only on Linux is it this thread alone that is put back.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

/** Does one job after another for `workshop.ts`, in a thread of its own. */
parentPort?.on('message', <N extends Name>({ name, taken }: Order<N>) => {
  try {
    const given = work[name](taken)
    const bytes = 'bytes' in given ? [given.bytes.buffer as ArrayBuffer] : []
    parentPort?.postMessage({ given }, bytes)
  } catch (error) {
    parentPort?.postMessage({ error })
  }
})

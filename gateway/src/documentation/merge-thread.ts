import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { type Jobs, jobs, type Name } from './merge-jobs.ts'

interface Order<N extends Name = Name> {
  name: N
  input: Jobs[N]['input']
}

/** On Linux a priority belongs to a thread; elsewhere it would change that of the whole gateway. */
function lowerPriority() {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, 7)
  } catch {}
}

function resultOf<N extends Name>({ name, input }: Order<N>) {
  try {
    return { output: jobs[name](input) }
  } catch (error) {
    return { error }
  }
}

/** Processor time of this thread so far, in milliseconds. */
const cpuMs = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

lowerPriority()
parentPort?.on('message', (order: Order) => {
  const result = resultOf(order)
  parentPort?.postMessage({ ...result, cpuMs: cpuMs() })
})

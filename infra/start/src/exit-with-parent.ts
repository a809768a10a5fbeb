// Loaded into every process that `npm start` starts: its stdin is a pipe that ends when `npm start` does, even where
// that is killed and cannot stop what it started. Worker threads load it too, and have a stdin of their own.
import { isMainThread } from 'node:worker_threads'

const underWatch = process.env.WATCH_REPORT_DEPENDENCIES !== undefined

function holdOn() {
  process.stdin.on('end', () => process.kill(underWatch ? process.ppid : process.pid, 'SIGTERM'))
  process.stdin.resume()
  if ('unref' in process.stdin) process.stdin.unref()
}

if (isMainThread) holdOn()

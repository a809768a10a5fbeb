import { type ChildProcess, spawn } from 'node:child_process'

/** Waits for the end of its stdin, and then asks a process to end. */
const script = 'while read -r _; do :; done; kill -INT "$1" 2> /dev/null'

/**
 * Ends PostgreSQL when `npm start` is no more, also where that was killed: then the pipe ends that the one who waits
 * here reads. The services have a leash of their own. Not on Windows, which
 * has no such shell; there the next start ends what it finds.
 */
export function leash({ pid }: ChildProcess, exited: Promise<unknown>) {
  if (pid === undefined || process.platform === 'win32') return
  const holder = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in a terminal must not reach it before PostgreSQL's users have ended.
    detached: true
  })
  holder.on('error', () => {})
  // The number is another process's soon: nothing may be sent to it any more.
  void exited.then(() => holder.kill('SIGKILL'))
}

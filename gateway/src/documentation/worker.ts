import { type Jobs, type Name, received, send, work } from './work.ts'

interface Order<N extends Name = Name> {
  name: N
  taken: Jobs[N]['takes']
}

function answerTo<N extends Name>({ name, taken }: Order<N>) {
  try {
    return { given: work[name](taken) }
  } catch (error) {
    return { error }
  }
}

// A terminal interrupts every process that it sees. Who started this one ends it, when there is nothing left to do.
process.on('SIGINT', () => {})

// One job after another for `workshop.ts`, until the gateway ends, however it does.
for await (const order of received(process.stdin)) send(process.stdout, answerTo(order as Order))

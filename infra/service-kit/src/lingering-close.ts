import type { Socket } from 'node:net'

/** How long a client that is still sending may do so to nobody, in ms; nginx calls it `lingering_close`. */
const lingerMs = 1000

/**
 * Closes a connection so that its last answer is heard: closing on unread bytes would reset it, and the reset would
 * take the answer from the client (RFC 9112 9.6). What is written goes out, then the client is told that nothing more
 * comes, and what it sends is read and dropped until it closes, for a second at most.
 */
export function closeSlowly(socket: Socket) {
  const giveUp = () => setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.resume().end(giveUp)
}

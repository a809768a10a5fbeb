/** What keeps the system from starting or running on, in one sentence for whoever started it. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** How many files and connections this process may have open; Infinity where the system does not say. */
function openFiles(): number {
  // It would ask for the names of all addresses that it is connected to.
  Object.assign(process.report, { excludeNetwork: true })
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft: unknown } }
  }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}

/** Files, and connections to nobody's client: the log, the listener, what asks services for their health. */
const besides = 64

/**
 * For how many clients there is place: `wanted`, or fewer where so many files may not be open, of which each client
 * needs two, one for the upstream that it asks.
 */
export function placesFor(wanted: number, files = openFiles()): number {
  return Math.max(1, Math.min(wanted, Math.floor((files - besides) / 2)))
}

type Fields = Record<string, unknown>

const levels: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL'
}
const unshown = ['level', 'time', 'msg', 'service', 'pid', 'hostname', 'err', 'stack']

function parse(line: string): Fields | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** What a client can write into a log must not be able to steer the terminal. */
function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (found) =>
    JSON.stringify(found).slice(1, -1)
  )
}

let second = ''
let shownSecond = ''

/** The time of day, here, of a time in ISO 8601; many lines have the same. */
function localTime(time: string): string {
  if (!time.startsWith(second) || second === '') {
    second = time.slice(0, 'yyyy-mm-ddThh:mm:ss'.length)
    shownSecond = new Date(time).toTimeString().slice(0, 8)
  }
  return shownSecond
}

function withName(name: string, value: unknown): string {
  if (value === null || value === undefined) return ''
  return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
}

function words({
  msg,
  method,
  url,
  status,
  duration_ms,
  request_id,
  ...others
}: Fields): unknown[] {
  const rest = Object.entries(others).filter(([name]) => !unshown.includes(name))
  const took = duration_ms === undefined ? '' : `${duration_ms} ms`
  const said = method && msg === 'request completed' ? '' : msg
  return [said, method, url, status, took, request_id, ...rest.map((entry) => withName(...entry))]
}

/**
 * One line of pino's JSON as a short one for people: the time, what happened, and for a request its method, path,
 * status, duration and id. An error's stack follows on lines of its own. Any other line stays as it is.
 */
export function readable(line: string): string {
  const fields = parse(line)
  if (fields === null) return line
  const time = localTime(`${fields.time}`)
  const told = [levels[Number(fields.level)] ?? '', ...words(fields)].map((word) => `${word ?? ''}`)
  const { stack } = (fields.err ?? {}) as { stack?: string }
  const first = harmless([time, ...told].filter((word) => word !== '').join(' '))
  return stack ? `${first}\n${stack.split('\n').map(harmless).join('\n')}` : first
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
export const durationPattern = '^[1-9][0-9]{0,8}(ms|s|m|h|d)$'

/** Reads `250ms`, `10s`, `15m`, `12h` or `30d`, and gives milliseconds; null where it is none of these. */
export function parseDuration(text: string): number | null {
  const match = new RegExp(durationPattern).exec(text)
  if (!match) return null
  const unit = match[1] as keyof typeof units
  return Number(text.slice(0, -unit.length)) * units[unit]
}

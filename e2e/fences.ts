/** One fenced block of a Markdown text. */
export interface Fence {
  language: string
  text: string
  /** The number of the line it starts on, 1-based. */
  line: number
}

/** The fenced blocks of a Markdown text, in order. */
export function fences(markdown: string): Fence[] {
  const found = markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)
  return [...found].map(({ 1: language = '', 2: text = '', index }) => ({
    language,
    text,
    line: markdown.slice(0, index).split('\n').length
  }))
}

/** The shape of a JSON value: the names in it and the types under them, without the values. */
export function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape)
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, inner]) => [name, shape(inner)]))
}

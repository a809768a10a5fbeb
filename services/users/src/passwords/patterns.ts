/** Characters in an order that everybody knows: the alphabet, digits, and the rows and columns of keyboards. */
const orders = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '`1234567890-=',
  '!@#$%^&*()_+',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  'qwertzuiop',
  'yxcvbnm,.-',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;',
  'qazwsxedcrfvtgbyhnujmikolp'
]
const known = orders.flatMap((order) => [order, [...order].reverse().join('')])
const shortestRun = 3
/** A password of eight characters or more that falls into so few pieces is a pattern. */
const fewPieces = 3
const fewCharacters = 3
const shortUnit = 4

/** The length of the longest run of an order at `start`; 1 where there is none of three characters or more. */
function runAt(text: string, start: number): number {
  let length = shortestRun
  while (start + length <= text.length) {
    const run = text.slice(start, start + length)
    if (!known.some((order) => order.includes(run))) break
    length += 1
  }
  return length === shortestRun ? 1 : length - 1
}

/** Into how many pieces a text falls, each a run of an order or a single character. */
function countPieces(text: string): number {
  let pieces = 0
  for (let at = 0; at < text.length; at += runAt(text, at)) pieces += 1
  return pieces
}

/** The shortest text of which `text` is a repetition, the last one perhaps cut off. */
function unitOf(text: string): string {
  for (let length = 1; length <= text.length / 2; length += 1)
    if (text.startsWith(text.slice(length))) return text.slice(0, length)
  return text
}

/** Is a text, in lower case, a few characters, a repetition or a sequence, such as `abababab`, `87654321` or `1q2w3e4r`? */
export function isPattern(text: string): boolean {
  const characters = [...text]
  if (new Set(characters).size <= fewCharacters) return true
  const unit = unitOf(text)
  if (unit.length < text.length && unit.length <= shortUnit) return true
  const once = characters.filter((character, at) => character !== characters[at - 1])
  if (countPieces(once.join('')) <= fewPieces) return true
  const turns = [0, 1].map((turn) => characters.filter((_, at) => at % 2 === turn).join(''))
  return turns.every((turn) => countPieces(turn) === 1)
}

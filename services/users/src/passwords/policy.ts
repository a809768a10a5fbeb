import { readFileSync } from 'node:fs'
import { badRequest } from '@gatehouse/service-kit'
import { isPattern } from './patterns.ts'

// Some 49,000 passwords that leaks have shown to be the most used, 17,950 of them of eight characters or more.
const source = import.meta.resolve('@zxcvbn-ts/language-common/src/passwords.json')
const common = new Set(JSON.parse(readFileSync(new URL(source), 'utf8')) as string[])
const shortest = 8
/** A word of the list with fewer other characters than this around it is that word. */
const shortestWord = 4
const shortestName = 3
/** What a password has to have beside the name of its user. */
const besidesName = 6

/** What people write for letters. */
const letters: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '!': 'i',
  '1': 'l',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't'
}

function plain(text: string): string {
  return text.replaceAll(/[@43!10$57]/g, (letter) => letters[letter] ?? letter)
}

/** Is it a word of the list, or one with no more than its own length of digits and signs around it? */
function isWord(text: string): boolean {
  if (common.has(text) && text.length >= shortest) return true
  const word = text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  return word.length >= shortestWord && word.length * 2 >= text.length && common.has(word)
}

/** Is there little but one of `names` in it, forwards or backwards? */
function isName(text: string, names: readonly string[]): boolean {
  return names.some((name) => {
    if (name.length < shortestName) return false
    const forwards = name.toLowerCase()
    const backwards = [...forwards].reverse().join('')
    const rest = text.replaceAll(forwards, '').replaceAll(backwards, '')
    return rest.length < text.length && rest.length < besidesName
  })
}

/**
 * Is a password, whatever its case, easily guessed: among the most common, or one of these with a few digits and signs,
 * a repetition, a sequence, or little more than one of `names`, which are what its user is called?
 */
export function isCommon(password: string, names: readonly string[] = []): boolean {
  const whole = password.toLowerCase()
  const visible = whole.trim()
  if (visible.length === 0) return true
  const spellings = new Set([whole, visible, plain(visible)])
  const letterByLetter = visible.split(/\s+/)
  if (letterByLetter.every((part) => part.length === 1)) spellings.add(letterByLetter.join(''))
  const guessed = [...spellings].some((spelling) => isWord(spelling) || isPattern(spelling))
  return guessed || isName(visible, names)
}

interface Where {
  /** What the user is called: username, e-mail. */
  names?: readonly (string | null | undefined)[]
  pointer?: string
}

/** Throws a 400 problem where a password, whatever its case, is easily guessed (guarantee C11). */
export function refuseCommon(password: string, { names = [], pointer }: Where = {}) {
  const given = names.filter((name) => typeof name === 'string' && name !== '') as string[]
  const parts = given.flatMap((name) => [name, name.split('@')[0] ?? name])
  if (!isCommon(password, parts)) return
  const detail =
    'This password is among the most common ones, a simple pattern, or your name; choose another.'
  throw badRequest('common-password', detail, [{ pointer: pointer ?? '#/body/password', detail }])
}

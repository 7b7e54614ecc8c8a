import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

/** A RegExp as it stands in a source. */
export interface Pattern {
  /** Relative to the project. */
  readonly file: string
  readonly source: string
  readonly flags: string
}

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** All literals of RegExps in what silk is made of, its pages' scripts included. */
export function patternsOf(...folders: readonly string[]): readonly Pattern[] {
  return folders.flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.[jt]s$/.test(file))
      .flatMap((file) => patternsIn(`${folder}/${file}`)),
  )
}

function patternsIn(file: string): readonly Pattern[] {
  const found: Pattern[] = []
  walk(parseSync(file, readFileSync(root + file, 'utf8')).program, (node) => {
    const { regex } = node as { readonly regex?: { readonly pattern: string; readonly flags: string } }
    if (regex) found.push({ file, source: regex.pattern, flags: regex.flags })
  })
  return found
}

function walk(value: unknown, visit: (node: object) => void): void {
  if (Array.isArray(value)) for (const one of value) walk(one, visit)
  else if (typeof value === 'object' && value !== null) {
    visit(value)
    for (const one of Object.values(value)) walk(one, visit)
  }
}

/** Characters of every sort that a class may take. */
const SAMPLES = [...'a0 \n"\'<>(){}[]/\\-_.:;=*?&%$#@!,`~^|+ABé\t\u0000\u2028']
const PART =
  /\\(?:[pP]\{[^}]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|k<\w+>|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?(?:<?[=!]|:|<\w+>)|[()|^$]|[*+?]\??|\{\d*,?\d*\}\??|[\s\S]/g

/**
 * What a text that troubles a pattern is made of: its own words, and a character or two of each of its classes. Which of
 * them do is found out by trying.
 */
export function wordsOf({ source, flags }: Pattern): readonly string[] {
  const words: string[] = []
  let run = ''
  const end = (): void => {
    if (run !== '') words.push(run)
    run = ''
  }
  for (const [part] of source.matchAll(PART)) {
    if (/^(?:[()|^$]|\(\?|[*+?]\??$|\{\d)/.test(part)) end()
    else if (part === '.' || part.startsWith('[') || /^\\[dDwWsSpP]/.test(part)) {
      end()
      words.push(...samplesOf(part, flags).slice(0, 2))
    } else if (!/^\\[bBk1-9]/.test(part)) run += literalOf(part)
  }
  end()
  return [...new Set(words)]
}

function samplesOf(part: string, flags: string): readonly string[] {
  const one = new RegExp(`^${part}$`, flags.replace(/[gy]/g, ''))
  return SAMPLES.filter((sample) => one.test(sample))
}

function literalOf(part: string): string {
  if (!part.startsWith('\\')) return part
  if (/^\\[ux]/.test(part)) return String.fromCharCode(Number.parseInt(part.slice(2), 16))
  const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' }
  return escapes[part.slice(1)] ?? part.slice(1)
}

/** A text that goes on: a beginning, a piece again and again, and an end that fits nothing. */
export interface Pump {
  readonly start: string
  readonly piece: string
}

const MOST_WORDS = 8

/** Texts that would make a pattern go back and forth, if it does so anywhere. */
export function pumpsOf(pattern: Pattern): readonly Pump[] {
  const all = wordsOf(pattern)
  const words = all.slice(0, MOST_WORDS)
  const pieces = [...words, all.join(''), ...words.flatMap((one) => words.map((other) => one + other))]
  const starts = ['', all.join(''), words[0] ?? '']
  return [...new Set(starts)].flatMap((start) => [...new Set(pieces)].map((piece) => ({ start, piece })))
}

import { scanAt, scanBackslash, scanColon, scanDollar, scanQuestionMark } from './tokens/placeholders.js'
import {
  scanDot,
  scanHash,
  scanMinus,
  scanNumber,
  scanOperator,
  scanSlash,
  scanSpace,
  scanWord,
  singleScanner,
} from './tokens/plain.js'
import { scanBracket, scanQuotedName, scanSingleQuote } from './tokens/quoted.js'
import { createScan, type Scan, type Scanner } from './tokens/scan.js'
import { endsOperand, type Token } from './tokens/token.js'

/**
 * Splits a statement into tokens: of SQLite, PostgreSQL and MySQL, and of what knex writes for SQL Server and Oracle.
 * Takes any text, never throws, and takes time in proportion to its length. A scanner of our own, since the parsers on
 * npm take 100 to 2,000 µs for a statement that takes a few here, and refuse what they don't know.
 *
 * Where the dialects contradict each other, the surroundings decide: `\'` ends a string unless MySQL must have been
 * meant; `?` is an operator where placeholders are numbered (`$1`), or between a value and a string.
 */
export function tokenize(sql: string): readonly Token[] {
  const scan = scanAll(createScan(sql, false))
  if (!scan.unclosed || !sql.includes("\\'")) return settleQuestionMarks(scan)
  // By the standard, a string has no end: then `\'` was MySQL's.
  const again = scanAll(createScan(sql, true))
  return settleQuestionMarks(again.unclosed ? scan : again)
}

const BY_CHAR: Readonly<Record<string, Scanner>> = {
  '(': singleScanner('('),
  ')': singleScanner(')'),
  ']': singleScanner(']'),
  ',': singleScanner(','),
  ';': singleScanner(';'),
  "'": scanSingleQuote,
  '"': scanQuotedName,
  '`': scanQuotedName,
  '[': scanBracket,
  '.': scanDot,
  '-': scanMinus,
  '/': scanSlash,
  '#': scanHash,
  '?': scanQuestionMark,
  $: scanDollar,
  ':': scanColon,
  '@': scanAt,
  '\\': scanBackslash,
}

const SCANNERS: readonly Scanner[] = Array.from({ length: 128 }, (_, code) => scannerOf(String.fromCharCode(code)))

function scannerOf(char: string): Scanner {
  if (char <= ' ') return scanSpace
  if (/[a-z_]/i.test(char)) return scanWord
  if (/\d/.test(char)) return scanNumber
  return BY_CHAR[char] ?? scanOperator
}

function scanAll(scan: Scan): Scan {
  const { sql } = scan
  while (scan.at < sql.length) {
    const scanner = SCANNERS[sql.charCodeAt(scan.at)] ?? scanWord
    scanner(scan)
  }
  return scan
}

function settleQuestionMarks({ tokens, numbered }: Scan): readonly Token[] {
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'placeholder' || token.value !== '?') continue
    const isOperator = numbered || (endsOperand(tokens[index - 1]) && isString(tokens[index + 1]))
    if (isOperator) tokens[index] = { ...token, kind: 'operator', text: '\\?', value: '\\?' }
  }
  return tokens
}

function isString(token: Token | undefined): boolean {
  return token?.kind === 'literal' && token.value.startsWith("'")
}

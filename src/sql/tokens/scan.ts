import type { Token, TokenKind } from './token.js'

/** Where the scanner is in a statement, and what it has read so far. */
export interface Scan {
  readonly sql: string
  readonly tokens: Token[]
  /** `\'` within an ordinary string is a quote, as MySQL has it. */
  readonly backslashEscapes: boolean
  at: number
  /** Space or a comment stands before what comes next. */
  spaced: boolean
  /** A comment inside a comment was left open, so they don't nest here. */
  flatComments: boolean
  /** A string had no end. */
  unclosed: boolean
  /** Placeholders have numbers or names (`$1`, `@p0`, `:name`), so that a bare `?` is none. */
  numbered: boolean
}

/** Reads what begins at `scan.at` and moves it behind. */
export type Scanner = (scan: Scan) => void

export function createScan(sql: string, backslashEscapes: boolean): Scan {
  return {
    sql,
    tokens: [],
    backslashEscapes,
    at: 0,
    spaced: false,
    flatComments: false,
    unclosed: false,
    numbered: false,
  }
}

export function push(scan: Scan, kind: TokenKind, text: string, end: number, value: string = text): void {
  add(scan, { kind, text, value, spaced: scan.spaced, position: -1, keyword: false }, end)
}

export function add(scan: Scan, token: Token, end: number): void {
  scan.tokens.push(token)
  scan.at = end
  scan.spaced = false
}

/** @param sign of a number */
export function pushLiteral(scan: Scan, end: number, sign = ''): void {
  const { sql, at, spaced } = scan
  const value = sign + sql.slice(at, end)
  add(scan, { kind: 'literal', text: '?', value, spaced, position: -1, keyword: false, span: [at, end] }, end)
}

export function skipTo(scan: Scan, end: number): void {
  scan.at = end
  scan.spaced = true
}

const WORD = /[\w$\u0080-\uffff]*/y
const DIGITS = /\d*/y

/** Where the word that may begin at `from` ends; `from`: there is none. */
export function wordEnd(sql: string, from: number): number {
  return endOf(WORD, sql, from)
}

export function digitsEnd(sql: string, from: number): number {
  return endOf(DIGITS, sql, from)
}

/** @param pattern sticky, and matching the empty string */
export function endOf(pattern: RegExp, sql: string, from: number): number {
  pattern.lastIndex = from
  pattern.test(sql)
  return pattern.lastIndex
}

import type { IncomingMessage } from 'node:http'
import { readCookie } from './cookies.js'

/** `auto`: as the system has it. */
export type Theme = 'auto' | 'light' | 'dark'
export const THEMES: readonly [Theme, ...Theme[]] = ['auto', 'light', 'dark']

/** Remembers that single keys are to do nothing; `on` is what holds without it. */
export const KEYS_COOKIE = 'silk_keys'
/** Remembers a theme; `auto` is what holds without it. */
export const THEME_COOKIE = 'silk_theme'

/** What this browser was told to remember. Every page is made with it, those that tell of an error too. */
export interface Visitor {
  /** Whether single keys act as shortcuts. */
  readonly keysOn: boolean
  readonly theme: Theme
}

export const UNKNOWN_VISITOR: Visitor = { keysOn: true, theme: 'auto' }

export function readVisitor(req: IncomingMessage): Visitor {
  const theme = readCookie(req, THEME_COOKIE, /^(?:light|dark)$/)
  return { keysOn: readCookie(req, KEYS_COOKIE, /^off$/) === null, theme: (theme as Theme | null) ?? 'auto' }
}

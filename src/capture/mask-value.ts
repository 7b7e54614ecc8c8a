import { REDACTED } from '../model/redacted.js'
import { howItThrew, letFail } from './app-function.js'
import type { Report } from './report.js'

export type PlainValue = string | number | boolean

/** What is kept of a value at a path; never throws. */
export type MaskValue = (path: string, value: PlainValue) => PlainValue | null

const MAX_CHARS = 65_536

/**
 * The app's own function, so that nothing can go wrong with it: what it throws on, or gives no plain value for, is masked.
 */
export function guardedValue(value: (path: string, value: PlainValue) => unknown, report: Report): MaskValue {
  // Always in the same words, and without the error's own, which might hold the value.
  const fail = (how: string): typeof REDACTED => {
    report(new Error(`The option \`redact.value\` ${how}; what it was asked about was masked.`), 'masking')
    return REDACTED
  }
  return (path, asked) => {
    try {
      const kept = value(path, asked)
      if (typeof kept === 'string') return kept.slice(0, MAX_CHARS)
      if (typeof kept === 'boolean' || kept === null) return kept
      if (letFail(kept)) return fail('gave a promise, which is not waited for')
      return typeof kept === 'number' && Number.isFinite(kept) ? kept : REDACTED
    } catch (error) {
      return fail(howItThrew(error))
    }
  }
}

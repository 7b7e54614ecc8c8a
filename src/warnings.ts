import type { Report } from './capture/report.js'

/**
 * Tells of silk's own trouble: to `onError` each time, else one process warning for each cause. Never throws.
 *
 * @param onError the app's own handler; `null`: none
 */
export function createReport(onError: ((error: Error) => void) | null): Report {
  const warned = new Set<string>()

  return function report(error, doing) {
    const cause = error instanceof Error ? error : new Error(String(error))
    try {
      if (onError) {
        onError(cause)
        return
      }
      // By its message alone: one cause shows in several places, and is told once.
      if (warned.has(cause.message)) return
      if (warned.size < 100) warned.add(cause.message)
      const text = `silk: trouble while ${doing}: ${cause.message} (your app is not affected)`
      process.emitWarning(text, { type: 'SilkWarning', code: 'SILK_WARNING' })
    } catch {
      // The app's own onError threw, or a warning listener did: there is nobody else to tell.
    }
  }
}

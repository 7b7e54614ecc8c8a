import { letFail } from './capture/app-function.js'
import { copied, cutAt } from './capture/mask-text.js'
import type { Report } from './capture/report.js'
import type { Trouble } from './model/health.js'

const MOST_WARNINGS = 100
/** What silk remembers and prints of a message; `onError` gets the whole. */
const MOST_CHARS = 1_000

/**
 * Tells of silk's own trouble: to `onError` each time, else one process warning for each cause. Never throws.
 *
 * @param onError the app's own handler; `null`: none
 * @param note told each time, for counting
 */
export function createReport(onError: ((error: Error) => void) | null, note: Report = () => {}): Report {
  const warned = new Set<string>()

  return function report(error, doing) {
    const cause = readable(error)
    note(cause, doing)
    try {
      if (onError) {
        letFail(onError(cause))
        return
      }
      // By its message alone: one cause shows in several places, and is told once. Beyond a hundred the health page tells.
      const message = shortened(cause.message)
      if (warned.has(message) || warned.size >= MOST_WARNINGS) return
      warned.add(message)
      const text = `silk: trouble while ${doing}: ${message} (your app is not affected)`
      process.emitWarning(text, { type: 'SilkWarning', code: 'SILK_WARNING' })
    } catch {
      // The app's own onError threw, or a warning listener did: there is nobody else to tell.
    }
  }
}

function shortened(message: string): string {
  return message.length > MOST_CHARS ? `${copied(cutAt(message, MOST_CHARS))}…` : message
}

/** What was thrown may be a proxy, or an error whose message is a getter. */
function readable(error: unknown): Error {
  try {
    return error instanceof Error && typeof error.message === 'string' ? error : new Error(String(error))
  } catch {
    return new Error('something was thrown that cannot be read')
  }
}

const MOST_TROUBLES = 50

/** Counts silk's own troubles, by what they say; beyond fifty different ones by what silk was doing. */
export function createTroubleLog(): { readonly note: Report; readonly list: () => readonly Trouble[] } {
  const troubles = new Map<string, Trouble>()

  function note(error: unknown, doing: string): void {
    const message = shortened(error instanceof Error ? error.message : String(error))
    const own = `${doing}: ${message}`
    const isFull = !troubles.has(own) && troubles.size >= MOST_TROUBLES
    const key = isFull ? doing : own
    const known = troubles.get(key)
    const lastAt = Date.now()
    troubles.set(key, {
      ...(known ?? { message: isFull ? 'further ones' : message, doing, firstAt: lastAt }),
      count: (known?.count ?? 0) + 1,
      lastAt,
    })
  }

  return { note, list: () => [...troubles.values()].sort((a, b) => b.lastAt - a.lastAt) }
}

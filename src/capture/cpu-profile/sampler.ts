import type { Session } from 'node:inspector'
import type { V8Profile } from './v8-profile.js'

/** V8's sampler, at work. */
export interface Sampling {
  /** By the clock of the profile. */
  readonly startUs: number
  /** @throws Error when V8 gives no profile */
  stop(): V8Profile
}

/** All profilers of a process share its one thread of JavaScript: two profiles at once would show the same. */
let isRunning = false

export function isSampling(): boolean {
  return isRunning
}

/**
 * Starts V8's sampler on this thread, by an inspector session of its own: those of the app, or of a debugger, go on
 * as they were. It holds the thread for some milliseconds, 25 in a large app.
 *
 * @returns `null`: another profile of silk's is running
 * @throws Error where Node has no inspector, or may not use it
 */
export function startSampling(intervalUs: number): Sampling | null {
  if (isRunning) return null
  const session = connect()
  try {
    send(session, 'Profiler.enable')
    send(session, 'Profiler.setSamplingInterval', { interval: intervalUs })
    send(session, 'Profiler.start')
  } catch (error) {
    session.disconnect()
    throw error
  }
  isRunning = true
  return { startUs: nowUs(), stop: () => stop(session) }
}

function stop(session: Session): V8Profile {
  isRunning = false
  try {
    return (send(session, 'Profiler.stop') as { readonly profile: V8Profile }).profile
  } finally {
    session.disconnect()
  }
}

/** V8 and `hrtime` read the same monotonic clock. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

/** Loaded at the first profile: an app that asks for none has no inspector in it. */
function connect(): Session {
  const inspector = process.getBuiltinModule('node:inspector')
  const session = new inspector.Session()
  session.connect()
  return session
}

/** Within one thread the inspector answers before `post` returns. */
function send(session: Session, method: string, params: object = {}): unknown {
  let answer: { readonly error: Error | null; readonly result: unknown } | null = null
  session.post(method, params, (error, result) => {
    answer = { error, result }
  })
  const { error, result } = answer ?? { error: new Error(`The inspector gave no answer to ${method}.`), result: null }
  if (error) throw new Error(`${method} failed: ${error.message}`)
  return result
}

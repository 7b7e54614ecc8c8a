import type { ContextCarrier } from './context.js'
import type { Recorder } from './recorder.js'
import type { Report } from './report.js'

/** Current while silk's own pages and ignored paths run: their queries belong to nobody. */
export const UNRECORDED: unique symbol = Symbol('express-silk.unrecorded')

/** What the async context carries. An object, since a carrier takes objects only. */
export interface Scope {
  readonly recorder: Recorder | typeof UNRECORDED
}

export const UNRECORDED_SCOPE: Scope = { recorder: UNRECORDED }

/** A profiler, as the process-wide hooks see it. */
export interface Sink {
  /** Takes the queries that run outside any request. */
  background(): Recorder
  /** Tells of trouble in a hook. */
  readonly report: Report
}

// One process, one set of patched knex prototypes: so the question "whose query is this?" is asked once for all
// profilers of the process, over the carriers that are in use.
const carriers = new Map<ContextCarrier<Scope>, number>()
const sinks: Sink[] = []

/** Lets queries be attributed by this carrier, and to this sink's background when it is the oldest one open. */
export function enlist(carrier: ContextCarrier<Scope>, sink: Sink): () => void {
  carriers.set(carrier, (carriers.get(carrier) ?? 0) + 1)
  sinks.push(sink)
  return () => {
    const index = sinks.indexOf(sink)
    if (index === -1) return
    sinks.splice(index, 1)
    const users = (carriers.get(carrier) ?? 1) - 1
    if (users === 0) carriers.delete(carrier)
    else carriers.set(carrier, users)
  }
}

function currentScope(): Scope | undefined {
  for (const carrier of carriers.keys()) {
    const scope = carrier.current()
    if (scope) return scope
  }
  return undefined
}

/** Whether a query built now could be recorded: decides whether its stack is worth taking. */
export function isRecording(): boolean {
  return sinks.length > 0 && currentScope()?.recorder !== UNRECORDED
}

/** The recorder of the running request; `null`: outside any, or it no longer takes queries. */
export function requestRecorder(): Recorder | null {
  const recorder = currentScope()?.recorder
  return recorder === undefined || recorder === UNRECORDED || recorder.sealed ? null : recorder
}

/**
 * Who takes a query that starts now: the request it runs in, else the request it was built in (a builder may be awaited
 * where the context was lost), else the background; `null`: nobody.
 */
export function recorderForQuery(builtIn: Recorder | null): Recorder | null {
  const recorder = currentScope()?.recorder
  if (recorder === UNRECORDED) return null
  if (recorder && !recorder.sealed) return recorder
  if (builtIn && !builtIn.sealed) return builtIn
  return sinks[0]?.background() ?? null
}

/** Keeps the running scope for callbacks that a driver fires from elsewhere. */
export function bindToCurrentScope(): (<R>(fn: () => R) => R) | null {
  for (const carrier of carriers.keys()) {
    const scope = carrier.current()
    if (scope) return (fn) => carrier.run(scope, fn)
  }
  return null
}

/**
 * Runs a step of silk's own inside the app's call: what goes wrong in it is told, and never reaches the app.
 *
 * @returns `fallback` when the step failed
 */
export function guarded<T>(fallback: T, step: () => T): T {
  try {
    return step()
  } catch (error) {
    sinks[0]?.report(error, 'recording a query')
    return fallback
  }
}

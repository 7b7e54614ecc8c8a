import type { ContextCarrier } from './context.js'
import type { Recorder } from './recorder.js'
import type { Report } from './report.js'
import type { CalledFrom, CapturedStack } from './stack.js'

/** Current while silk's own pages and ignored paths run: their queries belong to nobody. */
export const UNRECORDED: unique symbol = Symbol('express-silk.unrecorded')

/** What the async context carries. An object, since a carrier takes objects only. */
export interface Scope {
  readonly recorder: Recorder | typeof UNRECORDED
  /** Inside `silk.ignore`: what is sent is recorded and is no finding. */
  readonly isIgnoring?: true
  /** Inside a call of an ORM. */
  readonly calledFrom?: CalledFrom
}

export const UNRECORDED_SCOPE: Scope = { recorder: UNRECORDED }

/** A profiler, as the process-wide hooks see it. */
export interface Sink {
  /** Takes the queries that run outside any request; `null`: nobody does at the moment. */
  background(): Recorder | null
  /** Whether nothing that begins now is recorded. */
  isPaused(): boolean
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

/** Whose a query is, and whether it can be a finding. */
export interface Attribution {
  readonly recorder: Recorder
  readonly isIgnored: boolean
}

/** What is known where a builder is made. */
export interface BuiltIn {
  /** `null`: outside any request, or it no longer takes queries. */
  readonly recorder: Recorder | null
  readonly isIgnored: boolean
  readonly calledFrom: CalledFrom | null
}

const OUTSIDE: BuiltIn = { recorder: null, isIgnored: false, calledFrom: null }

/** `null`: a query built now would not be recorded, so its stack is not worth taking. */
export function builtIn(): BuiltIn | null {
  if (sinks.length === 0) return null
  const scope = currentScope()
  if (scope === undefined) return sinks[0]?.isPaused() ? null : OUTSIDE
  const { recorder, isIgnoring = false, calledFrom = null } = scope
  if (recorder === UNRECORDED) return null
  return recorder.sealed ? OUTSIDE : { recorder, isIgnored: isIgnoring, calledFrom }
}

/** Whether anything that is sent now would be recorded. */
export function isRecording(): boolean {
  return builtIn() !== null
}

/** The recorder of the running request; `null`: outside any, or it no longer takes queries. */
export function requestRecorder(): Recorder | null {
  const recorder = currentScope()?.recorder
  return recorder === undefined || recorder === UNRECORDED || recorder.sealed ? null : recorder
}

/**
 * Runs a function of the app; what it sends is recorded and is no finding, whenever it ends.
 *
 * @returns what the function returns
 */
export function ignoring<R>(fn: () => R): R {
  return within((scope) => ({ ...scope, isIgnoring: true }), fn)
}

/**
 * Runs a call of an ORM: what it sends later, when the app's lines are no longer on the stack, was asked for here.
 *
 * @returns what the function returns
 */
export function calledFrom<R>(stack: CapturedStack, fn: () => R): R {
  return within((scope) => ({ ...scope, calledFrom: { stack, outer: scope.calledFrom ?? null } }), fn)
}

function within<R>(change: (scope: Scope) => Scope, fn: () => R): R {
  for (const carrier of carriers.keys()) {
    const scope = carrier.current()
    if (scope) return carrier.run(change(scope), fn)
  }
  return fn()
}

/**
 * Who takes a query that starts now: the request it runs in, else the request it was built in (a builder may be awaited
 * where the context was lost), else the background; `null`: nobody.
 */
export function attribute(origin: BuiltIn = OUTSIDE): Attribution | null {
  const scope = currentScope()
  const recorder = scope?.recorder
  if (recorder === UNRECORDED) return null
  const isIgnored = origin.isIgnored || scope?.isIgnoring === true
  if (recorder && !recorder.sealed) return { recorder, isIgnored }
  if (origin.recorder && !origin.recorder.sealed) return { recorder: origin.recorder, isIgnored }
  const background = sinks[0]?.background()
  return background ? { recorder: background, isIgnored } : null
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

import { clock } from './clock.js'
import type { ContextCarrier } from './context.js'
import type { JobOptions } from './job-options.js'
import type { Origin } from './origin.js'
import type { Recorder } from './recorder.js'
import type { Report } from './report.js'
import type { OpenSpan } from './spans/open-span.js'
import { type CalledFrom, type CapturedStack, captureStack } from './stack.js'

/** Current while silk's own pages and ignored paths run: their queries belong to nobody. */
export const UNRECORDED: unique symbol = Symbol('express-silk.unrecorded')

/** What the async context carries. An object, since a carrier takes objects only. */
export interface Scope {
  readonly recorder: Recorder | typeof UNRECORDED
  /** Inside `silk.ignore`: what is sent is recorded and is no finding. */
  readonly isIgnoring?: true
  /** Inside a call of an ORM. */
  readonly calledFrom?: CalledFrom
  /** Inside a span. */
  readonly span?: OpenSpan | null
}

export const UNRECORDED_SCOPE: Scope = { recorder: UNRECORDED }

/** A profiler, as the process-wide hooks see it. */
export interface Sink {
  /** Takes the queries that run outside any request; `null`: nobody does at the moment. */
  background(): Recorder | null
  /** Whether nothing that begins now is recorded. */
  isPaused(): boolean
  /** Runs a function of the app as a job of that name. */
  runJob<R>(name: string, fn: () => R, options: JobOptions): R
  /** Tells of trouble in a hook. */
  readonly report: Report
}

// One process, one set of patched knex prototypes: so the question "whose query is this?" is asked once for all
// profilers of the process, over the carriers that are in use.
const carriers = new Map<ContextCarrier<Scope>, number>()
const sinks: Sink[] = []
/** The one carrier in use; `null`: there are several, or none. */
let onlyCarrier: ContextCarrier<Scope> | null = null

/** Lets queries be attributed by this carrier, and to this sink's background when it is the oldest one open. */
export function enlist(carrier: ContextCarrier<Scope>, sink: Sink): () => void {
  carriers.set(carrier, (carriers.get(carrier) ?? 0) + 1)
  sinks.push(sink)
  noteCarriers()
  return () => {
    const index = sinks.indexOf(sink)
    if (index === -1) return
    sinks.splice(index, 1)
    const users = (carriers.get(carrier) ?? 1) - 1
    if (users === 0) carriers.delete(carrier)
    else carriers.set(carrier, users)
    noteCarriers()
  }
}

function noteCarriers(): void {
  const [first = null] = carriers.keys()
  onlyCarrier = carriers.size === 1 ? first : null
}

/** Of the profiler that was started first; `undefined`: none is open. */
export function oldestSink(): Sink | undefined {
  return sinks[0]
}

function currentScope(): Scope | undefined {
  if (onlyCarrier !== null) return onlyCarrier.current()
  for (const carrier of carriers.keys()) {
    const scope = carrier.current()
    if (scope) return scope
  }
  return undefined
}

/** A request or a job that is being recorded, as it stands at this step of it. */
export interface Running {
  readonly carrier: ContextCarrier<Scope>
  readonly scope: Scope
  readonly recorder: Recorder
}

/** `null`: no request and no job, or none that still takes anything. */
export function running(): Running | null {
  for (const carrier of carriers.keys()) {
    const scope = carrier.current()
    if (scope === undefined) continue
    const { recorder } = scope
    return recorder === UNRECORDED || recorder.sealed ? null : { carrier, scope, recorder }
  }
  return null
}

/** Whose a query is, and whether it can be a finding. */
export interface Attribution {
  readonly recorder: Recorder
  readonly isIgnored: boolean
  readonly span: OpenSpan | null
}

const OUTSIDE: Origin<Recorder> = {
  recorder: null,
  isIgnored: false,
  calledFrom: null,
  sites: null,
  stack: null,
  span: null,
}

/**
 * The origin of a builder that is made now.
 *
 * @param below the frames above it are left out of the stack
 * @param isExact the stack is taken however much is known of the route
 * @returns `null`: what is built now would not be recorded
 */
export function takeOrigin(below: (...args: never[]) => unknown, isExact = false): Origin<Recorder> | null {
  const scope = currentScope()
  if (scope === undefined) return isBackgroundHeard() ? { ...OUTSIDE, stack: captureStack(below) } : null
  const { recorder, isIgnoring = false, calledFrom = null, span = null } = scope
  if (recorder === UNRECORDED) return null
  if (recorder.sealed) return isBackgroundHeard() ? { ...OUTSIDE, stack: captureStack(below) } : null
  const { phase } = recorder
  const sites = phase === null ? null : phase.sites
  if (phase !== null && !phase.isExact && !isExact) {
    return isIgnoring || calledFrom !== null || span !== null
      ? { recorder, isIgnored: isIgnoring, calledFrom, sites, stack: null, span }
      : phase.origin
  }
  const startMs = clock.now()
  const stack = captureStack(below)
  recorder.overheadMs += clock.now() - startMs
  return { recorder, isIgnored: isIgnoring, calledFrom, sites, stack, span }
}

function isBackgroundHeard(): boolean {
  const [first] = sinks
  return first !== undefined && !first.isPaused()
}

/** Whether the stack of what is called now is worth taking: it would be recorded, and its route is not known yet. */
export function areStacksTaken(): boolean {
  const recorder = currentScope()?.recorder
  if (recorder === UNRECORDED) return false
  if (recorder === undefined || recorder.sealed) return isBackgroundHeard()
  return recorder.phase?.isExact ?? true
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
export function attribute(origin: Origin<Recorder> = OUTSIDE): Attribution | null {
  const scope = currentScope()
  const recorder = scope?.recorder
  if (recorder === UNRECORDED) return null
  const isIgnored = origin.isIgnored || scope?.isIgnoring === true
  if (recorder && !recorder.sealed) return { recorder, isIgnored, span: scope?.span ?? null }
  if (origin.recorder && !origin.recorder.sealed) return { recorder: origin.recorder, isIgnored, span: origin.span }
  const background = sinks[0]?.background()
  return background ? { recorder: background, isIgnored, span: null } : null
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
    reportTrouble(error)
    return fallback
  }
}

/** Tells of what went wrong in a step of silk's own inside the app's call. */
export function reportTrouble(error: unknown): void {
  sinks[0]?.report(error, 'recording a query')
}

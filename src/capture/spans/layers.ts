import { type Running, running } from '../current.js'
import { exchangeOf } from '../exchange.js'
import type { Recorder } from '../recorder.js'
import { layersOf } from '../route-pattern-layers.js'
import type { Layer } from '../route-pattern-mount.js'
import { beginSpan, endSpan, keptSpan, type OpenSpan } from './open-span.js'

type Next = (...args: unknown[]) => unknown
type Run = (next: unknown) => unknown

/** How many profilers want Express's own time. One set of hooked layers serves all. */
let wanted = 0

/** Makes each middleware and handler of the process a span, until it is taken back. */
export function timeLayers(): () => void {
  wanted++
  let isTakenBack = false
  return () => {
    if (!isTakenBack) wanted--
    isTakenBack = true
  }
}

/**
 * Runs a layer with what is to be known of it: the exception that it hands on, and, where that is wanted, its time.
 *
 * Whatever it throws, Express catches inside `run` and hands to `next`, so that this is where exceptions are seen: in
 * the order in which they happen, and without a part in it.
 *
 * @param run calls the layer as Express would
 */
export function observeLayer(layer: Layer, next: unknown, run: Run): unknown {
  const at = running()
  if (at === null || typeof next !== 'function') return run(next)
  if (wanted === 0) return run(noting(at.recorder, next as Next))
  const span = beginSpan(at.recorder, {
    ...{ kind: 'method' in layer ? 'handler' : 'middleware', name: nameOf(layer) },
    ...{ parent: at.scope.span ?? null, tags: null, stack: null },
  } as const)
  if (!('method' in layer)) wrapParams(layer.handle)
  return at.carrier.run({ ...at.scope, span: keptSpan(span) }, () => run(ending(at, span, next as Next)))
}

/**
 * The `next` of a layer whose time nobody wants: it notes the exception that it is handed. Found by the request, which is
 * cheaper than by the context, since this is done for each layer.
 *
 * @returns `null`: the layer's time is wanted
 */
export function observedNext(layer: Layer, req: object, next: unknown): unknown {
  if (wanted > 0 && layer.route === undefined) return null
  const recorder = exchangeOf(req)?.recorder
  return recorder === undefined || recorder.sealed || typeof next !== 'function' ? next : noting(recorder, next as Next)
}

/** An error handler's turn: the error is noted, should it come from where no layer handed it on. */
export function observeErrorLayer(layer: Layer, error: unknown, next: unknown, run: Run): unknown {
  const at = running()
  if (at === null) return run(next)
  noteError(at.recorder, error)
  const isHandler = typeof layer.handle === 'function' && layer.handle.length === 4
  return isHandler && layer.route === undefined ? observeLayer(layer, next, run) : run(next)
}

function noting(recorder: Recorder, next: Next): Next {
  return function (this: unknown, error?: unknown) {
    noteError(recorder, error)
    // biome-ignore lint/complexity/noArguments: handed on as it came, one argument or none
    return Reflect.apply(next, this, arguments)
  }
}

/** The span ends where next() is called for the first time; what comes after it is not inside. */
function ending(at: Running, span: OpenSpan, next: Next): Next {
  return function (this: unknown, error?: unknown) {
    noteError(at.recorder, error)
    if (span.endMs === null) {
      if (isError(error)) span.thrown = { value: error }
      endSpan(at.recorder, span)
    }
    // biome-ignore lint/complexity/noArguments: handed on as it came, one argument or none
    const args = arguments
    // What the middleware itself has set for what comes after it (`silk.ignore(next)`) stays.
    const scope = running()?.scope ?? at.scope
    return at.carrier.run({ ...scope, span: at.scope.span ?? null }, () => Reflect.apply(next, this, args))
  }
}

function noteError(recorder: Recorder, error: unknown): void {
  if (isError(error)) recorder.thrown ??= { value: error }
}

/** Not `next('route')` and `next('router')`, which are no errors. */
function isError(error: unknown): boolean {
  return Boolean(error) && error !== 'route' && error !== 'router'
}

const MAX_NAME_CHARS = 100

function nameOf(layer: Layer): string {
  const { handle } = layer
  if (layersOf(handle).length > 0 || isApp(handle)) return 'router'
  const name = typeof handle === 'function' ? handle.name : ''
  return name === '' ? 'anonymous' : name.slice(0, MAX_NAME_CHARS)
}

/** Express mounts an app by a function of this name. */
function isApp(handle: unknown): boolean {
  return typeof handle === 'function' && handle.name === 'mounted_app'
}

type ParamHandler = (this: unknown, ...args: unknown[]) => unknown
const timedParams = new WeakSet<ParamHandler>()

/** `router.param('id', fn)`: Express keeps these functions in lists of its own, and calls them before a layer. */
function wrapParams(router: unknown): void {
  const { params } = (router ?? {}) as { readonly params?: unknown }
  if (typeof params !== 'object' || params === null) return
  for (const [name, handlers] of Object.entries(params)) {
    if (!Array.isArray(handlers)) continue
    handlers.forEach((handler: unknown, index) => {
      if (typeof handler === 'function' && !timedParams.has(handler as ParamHandler)) {
        handlers[index] = timedParam(name, handler as ParamHandler)
      }
    })
  }
}

function timedParam(name: string, handler: ParamHandler): ParamHandler {
  const timed = new Proxy(handler, {
    apply(target, thisArg, args: unknown[]) {
      const at = wanted === 0 ? null : running()
      const next = args[2]
      if (at === null || typeof next !== 'function') return Reflect.apply(target, thisArg, args)
      const span = beginSpan(at.recorder, {
        ...{ kind: 'middleware', name: `param ${name}`, parent: at.scope.span ?? null, tags: null, stack: null },
      } as const)
      return at.carrier.run({ ...at.scope, span: keptSpan(span) }, () =>
        Reflect.apply(target, thisArg, args.with(2, ending(at, span, next as Next))),
      )
    },
  })
  timedParams.add(timed)
  return timed
}

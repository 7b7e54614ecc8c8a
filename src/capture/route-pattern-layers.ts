import { createRequire } from 'node:module'
import type { Layer } from './route-pattern-mount.js'

export interface LayerListener {
  /** Told of each layer that is about to handle a request. May throw: that is caught. */
  before(layer: Layer, req: object): void
  /** The `next` that the layer is given; `null`: it is to be run by `around`. */
  next(layer: Layer, req: object, next: unknown): unknown
  /** Runs the layer, by whatever `next` it is given. */
  around(layer: Layer, next: unknown, run: (next: unknown) => unknown): unknown
  /** The same of a layer that is handed an error. */
  aroundError(layer: Layer, error: unknown, next: unknown, run: (next: unknown) => unknown): unknown
}

type Handle = (this: Layer, req: object, res: unknown, next: unknown) => unknown
type HandleError = (this: Layer, error: unknown, req: object, res: unknown, next: unknown) => unknown
type LayerPrototype = Record<'handleRequest' | 'handle_request', Handle | undefined> &
  Record<'handleError' | 'handle_error', HandleError | undefined>

interface Hook {
  /** Puts the prototype back as it was. */
  remove(): void
}

const hooks = new Map<object, Hook>()
let seenApps = new WeakSet<object>()
let scanned = false

/**
 * Listens to every copy of Express that is loaded, and to the one that `app` is made of. The layer's prototype is what
 * all routers of a copy share, those made long before silk too. Cheap to call again; once per copy.
 *
 * @param app an Express app; undefined: only what the module cache knows
 */
export function listenToLayers(app: object | undefined, listener: LayerListener): void {
  if (app === undefined ? scanned : seenApps.has(app)) return
  if (app !== undefined) {
    seenApps.add(app)
    const layer = layersOfApp(app)[0]
    if (layer) hook(Object.getPrototypeOf(layer) as LayerPrototype, listener)
  }
  scanned = true
  for (const prototype of loadedPrototypes()) hook(prototype, listener)
}

export function stopListeningToLayers(): void {
  for (const { remove } of hooks.values()) remove()
  hooks.clear()
  seenApps = new WeakSet()
  scanned = false
}

/** The layers of an app that serves requests. */
export function layersOfApp(app: object): readonly Layer[] {
  try {
    // Express 4 has `_router`, and throws when `router` is read; Express 5 has `router`.
    const { _router } = app as { readonly _router?: unknown }
    return layersOf(_router ?? (app as { readonly router?: unknown }).router)
  } catch {
    return []
  }
}

/** The layers of a router; empty for anything else. */
export function layersOf(router: unknown): readonly Layer[] {
  const { stack } = (router ?? {}) as { readonly stack?: unknown }
  return Array.isArray(stack) ? stack : []
}

// express/lib/router/layer.js in Express 4, router/lib/layer.js in Express 5, under whatever name they are installed.
const LAYER_MODULE = /[\\/]lib[\\/](?:router[\\/])?layer\.js$/

/** Both majors are CommonJS, so that `import express` puts them into this cache too. */
function loadedPrototypes(): readonly LayerPrototype[] {
  const cache = createRequire(import.meta.url).cache ?? {}
  const files = Object.keys(cache).filter((file) => LAYER_MODULE.test(file))
  return files.flatMap((file) => {
    const exported: unknown = cache[file]?.exports
    return typeof exported === 'function' ? [exported.prototype as LayerPrototype] : []
  })
}

function hook(prototype: LayerPrototype, listener: LayerListener): void {
  if (hooks.has(prototype)) return
  const name = typeof prototype.handleRequest === 'function' ? 'handleRequest' : 'handle_request'
  const original = prototype[name]
  if (typeof original !== 'function') return
  let listening = true
  const wrapper: Handle = function (req, res, next) {
    if (!listening) return original.call(this, req, res, next)
    try {
      listener.before(this, req)
    } catch {
      // A router of a kind we do not know: its routes stay unknown, its requests are served.
    }
    const observed = listener.next(this, req, next)
    if (observed !== null) return original.call(this, req, res, observed)
    return listener.around(this, next, (given) => original.call(this, req, res, given))
  }
  prototype[name] = wrapper
  const errorName = name === 'handleRequest' ? 'handleError' : 'handle_error'
  const originalError = prototype[errorName]
  const errorWrapper: HandleError = function (error, req, res, next) {
    const run = (observed: unknown): unknown => originalError?.call(this, error, req, res, observed)
    return listening ? listener.aroundError(this, error, next, run) : run(next)
  }
  if (typeof originalError === 'function') prototype[errorName] = errorWrapper
  hooks.set(prototype, {
    remove() {
      listening = false
      // Somebody else may have wrapped it after us: then ours stays below, and does nothing.
      if (prototype[name] === wrapper) prototype[name] = original
      if (prototype[errorName] === errorWrapper) prototype[errorName] = originalError
    },
  })
}

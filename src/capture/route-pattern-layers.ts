import { createRequire } from 'node:module'
import type { Layer } from './route-pattern-mount.js'

/** Told of each layer that is about to handle a request. May throw: that is caught. */
export type LayerListener = (layer: Layer, req: object) => void

type Handle = (this: Layer, req: object, res: unknown, next: unknown) => unknown
type LayerPrototype = Record<'handleRequest' | 'handle_request', Handle | undefined>

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
    if (listening) {
      try {
        listener(this, req)
      } catch {
        // A router of a kind we do not know: its routes stay unknown, its requests are served.
      }
    }
    return original.call(this, req, res, next)
  }
  prototype[name] = wrapper
  hooks.set(prototype, {
    remove() {
      listening = false
      // Somebody else may have wrapped it after us: then ours stays below, and does nothing.
      if (prototype[name] === wrapper) prototype[name] = original
    },
  })
}

import type { IncomingMessage } from 'node:http'
import { layersOf, layersOfApp, listenToLayers, stopListeningToLayers } from './route-pattern-layers.js'
import { type DeclaredPath, declaredMount, isMountedAtRoot, type Layer } from './route-pattern-mount.js'
import type { RouteTracker } from './route-tracker.js'
import { observedNext, observeErrorLayer, observeLayer } from './spans/layers.js'

/** The part of Express's request that says where routing stands. */
interface RoutedRequest extends IncomingMessage {
  readonly baseUrl?: string
  readonly route?: unknown
  readonly app?: object
}

type Route = NonNullable<Layer['route']>

/** A `use()` that a request went through. */
interface Mount {
  /** The path taken off the URL so far, with real values: `/t/42`. */
  readonly base: string
  /** The same as declared: `/t/:id`. */
  readonly pattern: string
  readonly handle: unknown
}

/** Where one request went. Mounts in the order they were entered. */
interface Trail {
  mounts: Mount[]
  route: Route | null
  /** The pattern of the mounts above `route`. */
  prefix: string
}

// By request, and made by the layer hook too: silk may be used in a sub-app, below mounts already entered.
const trails = new WeakMap<object, Trail>()
// A middleware that sends a request through routers again and again must not make its trail grow without bound.
const MAX_MOUNTS = 64

/**
 * Hooks the routers of the copy of Express that serves `req`, and of all others that are loaded. Once per copy, so that
 * it may be called for every request. Never throws.
 *
 * @param req undefined: hooks what is loaded, before any request came
 */
export function installRouteTracking(req?: IncomingMessage): void {
  try {
    listenToLayers((req as RoutedRequest | undefined)?.app, LISTENER)
  } catch {
    // A host that hides its modules: routes stay unknown, which a recording says by `null`.
  }
}

const LISTENER = { before: noteLayer, next: observedNext, around: observeLayer, aroundError: observeErrorLayer }

/** Puts the routers back as they were. A profiler that is still open installs anew at its next request. */
export function uninstallRouteTracking(): void {
  stopListeningToLayers()
}

/** Follows a request from here on. Never throws, nor does its `pattern()`. */
export function trackRoute(req: IncomingMessage): RouteTracker {
  const trail = trails.get(req) ?? startTrail(req)
  return {
    trail,
    pattern() {
      try {
        noteRouteNotHandled(trail, req)
        return trail.route && joinPattern(trail.prefix, trail.route.path)
      } catch {
        return null
      }
    },
  }
}

function startTrail(req: RoutedRequest): Trail {
  const trail: Trail = { mounts: [], route: null, prefix: '' }
  trails.set(req, trail)
  try {
    const { baseUrl, route } = req
    if (baseUrl) addMount(trail, { base: baseUrl, pattern: mountPathOf(req.app, baseUrl), handle: req.app })
    if (isRoute(route)) setRoute(trail, route, prefixAt(trail, baseUrl ?? ''))
  } catch {
    // An app's own getters on `req`: begin with what is known.
  }
  return trail
}

/** Before a layer handles a request: a route is remembered as matched, a mount as entered. */
function noteLayer(layer: Layer, request: object): void {
  // Layers inside a route, one for each of its handlers, have a method and match nothing by themselves.
  if ('method' in layer) return
  const req = request as RoutedRequest
  const base = req.baseUrl ?? ''
  if (layer.route) {
    const trail = trails.get(req)
    if (trail) setRoute(trail, layer.route, prefixAt(trail, base))
  } else if (base !== '' && !isMountedAtRoot(layer)) {
    noteMount(trails.get(req) ?? startTrail(req), layer, base)
  }
}

function noteMount(trail: Trail, layer: Layer, base: string): void {
  // Neither the router nor the request says how much of `base` was there before: the nearest mount that leaves a rest
  // which this layer matches.
  const above = trail.mounts.filter((mount) => base.startsWith(`${mount.base}/`))
  above.sort((a, b) => b.base.length - a.base.length)
  for (const parent of [...above, ROOT]) {
    const declared = declaredMount(layer, base.slice(parent.base.length))
    if (declared === null) continue
    addMount(trail, { base, pattern: parent.pattern + declared, handle: layer.handle })
    return
  }
}

const ROOT: Mount = { base: '', pattern: '', handle: null }

function addMount(trail: Trail, mount: Mount): void {
  trail.mounts = trail.mounts.filter(({ base }) => base !== mount.base)
  trail.mounts.push(mount)
  if (trail.mounts.length > MAX_MOUNTS) trail.mounts.shift()
}

function setRoute(trail: Trail, route: Route, prefix: string): void {
  trail.route = route
  trail.prefix = prefix
}

/** The pattern for a `baseUrl`; what was entered unseen keeps its real values. */
function prefixAt(trail: Trail, base: string): string {
  let nearest = ROOT
  for (const mount of trail.mounts) {
    if (mount.base === base) return mount.pattern
    if (base.startsWith(`${mount.base}/`) && mount.base.length > nearest.base.length) nearest = mount
  }
  return nearest.pattern + base.slice(nearest.base.length)
}

/**
 * A route can match and never be handled: when a `param()` callback fails, or when it belongs to a copy of Express that
 * was not hooked yet. Express leaves it in `req.route`, but `req.baseUrl` is gone: the mount whose router has the route.
 */
function noteRouteNotHandled(trail: Trail, req: RoutedRequest): void {
  const { route, app } = req
  if (!isRoute(route) || route === trail.route) return
  installRouteTracking(req)
  const entered = trail.mounts.toReversed()
  const owner = entered.find(({ handle }) => hasRoute(layersOf(handle), route))
  // The router of a mounted app cannot be seen from its mount: then the mount entered last, unless it is the root's.
  const within = owner ?? (ofRootApp(app, route) ? ROOT : (entered[0] ?? ROOT))
  setRoute(trail, route, within.pattern)
}

/** Whether a router has the route, itself or in routers that it uses at '/'. */
function hasRoute(layers: readonly Layer[], route: Route, depth = 0): boolean {
  return layers.some(
    (layer) =>
      layer.route === route ||
      (depth < 8 && isMountedAtRoot(layer) && hasRoute(layersOf(layer.handle), route, depth + 1)),
  )
}

function ofRootApp(app: object | undefined, route: Route): boolean {
  if (app === undefined || (app as { readonly parent?: unknown }).parent !== undefined) return false
  return hasRoute(layersOfApp(app), route)
}

function isRoute(route: unknown): route is Route {
  return typeof route === 'object' && route !== null && 'path' in route && Array.isArray((route as Route).stack)
}

/** The declared mount path of a sub-app, if it can stand for `base`; else `base` itself. */
function mountPathOf(app: object | undefined, base: string): string {
  const { path } = (app ?? {}) as { readonly path?: unknown }
  const declared: unknown = typeof path === 'function' ? path.call(app) : ''
  if (typeof declared !== 'string') return base
  const names = declared.split('/')
  const values = base.split('/')
  const fits = values.every((value, index) => {
    const name = names[index] ?? ''
    return name.startsWith(':') || name.toLowerCase() === value.toLowerCase()
  })
  return fits && names.length === values.length ? declared : base
}

function joinPattern(prefix: string, path: DeclaredPath): string {
  if (Array.isArray(path)) return path.map((each: DeclaredPath) => joinPattern(prefix, each)).join(',')
  if (typeof path !== 'string') return prefix + String(path)
  if (path === '' || path === '/') return prefix || '/'
  return path.startsWith('/') || prefix === '' ? prefix + path : `${prefix}/${path}`
}

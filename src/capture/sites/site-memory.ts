import { DEFAULT_SAMPLING, RouteSites, type Sampling } from './route-sites.js'

/** Requests after a pause whose stacks are taken, of all routes together: people click no faster. */
const IDLE_PER_SECOND = 10

export interface SiteMemory {
  /**
   * What is known of a route's call sites.
   *
   * @param route the router's own object; `null`: before any route has matched
   */
  of(route: object | null, method: string): RouteSites
}

/** Remembers, for as long as the app keeps a route, where its queries are built. */
export function createSiteMemory(sampling: Partial<Sampling> = {}): SiteMemory {
  const settings = { ...DEFAULT_SAMPLING, ...sampling }
  const byRoute = new WeakMap<object, Map<string, RouteSites>>()
  const outsideRoutes = new Map<string, RouteSites>()
  let idleTaken = 0
  let secondMs = 0

  function takeIdle(nowMs: number): boolean {
    if (nowMs - secondMs >= 1_000) {
      secondMs = nowMs
      idleTaken = 0
    }
    idleTaken++
    return idleTaken <= IDLE_PER_SECOND
  }

  function methodsOf(route: object | null): Map<string, RouteSites> {
    if (route === null) return outsideRoutes
    let methods = byRoute.get(route)
    if (methods === undefined) {
      methods = new Map()
      byRoute.set(route, methods)
    }
    return methods
  }

  return {
    of(route, method) {
      const methods = methodsOf(route)
      let sites = methods.get(method)
      if (sites === undefined) {
        sites = new RouteSites(settings, takeIdle)
        methods.set(method, sites)
      }
      return sites
    },
  }
}

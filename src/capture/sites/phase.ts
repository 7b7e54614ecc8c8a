import type { Origin } from '../origin.js'
import type { RouteSites } from './route-sites.js'

/** A stretch of a request with its own decision on stacks: before a route has matched, or within one route. */
export class Phase<R> {
  readonly sites: RouteSites
  /** Whether stacks are taken. */
  isExact: boolean
  /** Stacks were taken from its beginning. */
  readonly wasExact: boolean
  /** The origin of all builders made without a stack. */
  readonly origin: Origin<R>

  constructor(recorder: R, sites: RouteSites, nowMs: number) {
    this.sites = sites
    this.isExact = sites.isNextExact(nowMs)
    this.wasExact = this.isExact
    this.origin = { recorder, isIgnored: false, calledFrom: null, sites, stack: null, span: null }
  }
}

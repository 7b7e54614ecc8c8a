import type { RouteSites } from './sites/route-sites.js'
import type { OpenSpan } from './spans/open-span.js'
import type { CalledFrom, CapturedStack } from './stack.js'

/**
 * Where and in which request a builder was made.
 *
 * @typeParam R what takes the request's queries
 */
export interface Origin<R = unknown> {
  /** `null`: outside any request, or it no longer takes queries. */
  readonly recorder: R | null
  readonly isIgnored: boolean
  readonly calledFrom: CalledFrom | null
  /** What is known of the route's call sites; `null`: no route. */
  readonly sites: RouteSites | null
  /** `null`: none is taken of this request. */
  readonly stack: CapturedStack | null
  /** The span that was running; `null`: none. */
  readonly span: OpenSpan | null
}

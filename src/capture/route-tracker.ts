/** Where a request has come to. */
export interface RouteTrail {
  /** The router's own object of the route that matched last; `null`: none so far. */
  readonly route: object | null
}

/** Follows one request through the routers. Apart from how it does so, since what it follows for is below that. */
export interface RouteTracker {
  /** Holds nothing of the request. */
  readonly trail: RouteTrail
  /**
   * The pattern of the last route that matched, as declared, with the mounts above it: `/t/:id/items/:item`. A RegExp
   * is shown as written, an array as its elements with commas between. `null`: no route matched.
   */
  pattern(): string | null
}

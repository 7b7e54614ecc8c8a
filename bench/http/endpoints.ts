/** A request of the example API that sends so many queries, and how many of it make one turn. */
export interface Endpoint {
  readonly queries: number
  readonly path: string
}

/** From one query on it is the same page of products; beyond two, its collections are loaded one by one. */
export function endpointOf(queries: number): Endpoint {
  return { queries, path: pathOf(queries) }
}

/** The most that the example's products make possible: a list of them, and the collection of each. */
export const MOST_QUERIES = 1_001

function pathOf(queries: number): string {
  if (queries === 0) return '/'
  if (queries === 1) return '/products/7/'
  if (queries === 2) return '/products/?include=collection&load=eager&limit=20'
  return `/products/?include=collection&load=naive&limit=${queries - 1}`
}

/** How many requests make about so much work for the app alone; the same number for each configuration. */
export function requestsPerTurn(queries: number, turnMs: number): number {
  const bareMs = 0.15 + 0.045 * queries
  return Math.max(4, Math.round(turnMs / bareMs))
}

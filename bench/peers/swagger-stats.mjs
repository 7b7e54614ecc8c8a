import swaggerStats from 'swagger-stats'

/** Counts and times of routes; it knows nothing of SQL. */
export function start() {
  return { handler: swaggerStats.getMiddleware({}) }
}

import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'

/** Milliseconds of each request, the same way for every configuration: from its head to the end of its response. */
export function watchDurations(): number[] {
  const startedAt = new WeakMap<IncomingMessage, number>()
  const durations: number[] = []
  subscribe('http.server.request.start', (message) => {
    startedAt.set((message as { request: IncomingMessage }).request, performance.now())
  })
  subscribe('http.server.response.finish', (message) => {
    const start = startedAt.get((message as { request: IncomingMessage }).request)
    if (start !== undefined) durations.push(performance.now() - start)
  })
  return durations
}

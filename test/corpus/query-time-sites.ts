import type { Knex } from 'knex'

/** A query as a tool sees it that looks when it is sent, not when it is built. */
export interface SentQuery {
  readonly sql: string
  /** As they are given to the driver. */
  readonly bindings: readonly unknown[]
  /** `file:line:column` of the nearest of the cases' own frames; `null`: none is on the stack. */
  readonly site: string | null
  /** All of those frames, nearest first. */
  readonly stack: string
  /** Number of the request that sent it; `null`: none did. */
  readonly request: number | null
}

/** Deeper than any of those tools look. */
const FRAME_LIMIT = 100
const OWN_FRAME = /test\/corpus\/(?:cases|fixtures|generated)\/[^\s():]+:\d+:\d+/g

/**
 * Notes the stack of each query where the driver is called, by knex's own event.
 *
 * @param requestNumber of the request that is being answered
 */
export function listenToDriver(db: Knex, requestNumber: () => number | undefined): { take(): readonly SentQuery[] } {
  const sent: SentQuery[] = []
  db.on('query', ({ sql, bindings = [] }: { sql: string; bindings?: readonly unknown[] }) => {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = FRAME_LIMIT
    const { stack } = new Error()
    Error.stackTraceLimit = limit
    const frames = stack?.match(OWN_FRAME) ?? []
    sent.push({ sql, bindings, site: frames[0] ?? null, stack: frames.join('\n'), request: requestNumber() ?? null })
  })
  return { take: () => sent.splice(0) }
}

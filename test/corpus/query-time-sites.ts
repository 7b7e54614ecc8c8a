import type { Knex } from 'knex'

/** A query as a tool sees it that looks when it is sent, not when it is built. */
export interface SentQuery {
  readonly sql: string
  /** `file:line:column` of the nearest of the cases' own frames; `null`: none is on the stack. */
  readonly site: string | null
  /** All of those frames, nearest first. */
  readonly stack: string
}

/** Deeper than any of those tools look. */
const FRAME_LIMIT = 100
const OWN_FRAME = /test\/corpus\/(?:cases|fixtures)\/[^\s():]+:\d+:\d+/g

/** Notes the stack of each query where the driver is called, by knex's own event. */
export function listenToDriver(db: Knex): { take(): readonly SentQuery[] } {
  const sent: SentQuery[] = []
  db.on('query', ({ sql }: { sql: string }) => {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = FRAME_LIMIT
    const { stack } = new Error()
    Error.stackTraceLimit = limit
    const frames = stack?.match(OWN_FRAME) ?? []
    sent.push({ sql, site: frames[0] ?? null, stack: frames.join('\n') })
  })
  return { take: () => sent.splice(0) }
}

import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import type { StatementUse, StoredRecording } from '../../model/store.js'
import { svgPercent } from '../charts/ticks.js'
import { bindingParts } from '../charts/waterfall.js'
import { count, duration, percent, place, share, shorten } from '../display.js'
import { highlight } from '../highlight.js'
import { statementLink } from '../links.js'

/** Rows of the ungrouped list on one page. */
const PAGE_LENGTH = 100
const MAX_GROUPS = 100

/** One row per statement and call site, the costliest first. */
export function queriesByStatement(base: string, { recording, occurrences, statements }: StoredRecording): object {
  const found = new Set(
    occurrences.flatMap(({ fingerprints, callSite }) => fingerprints.map((of) => siteKey(of, callSite))),
  )
  const rows = statements.toSorted((left, right) => right.totalMs - left.totalMs)
  // As it was sent: the fingerprint has no quotes, and does not run everywhere.
  const sent = new Map(recording.queries.map(({ fingerprint, statement }) => [fingerprint, statement]))
  return {
    rows: rows.slice(0, MAX_GROUPS).map((use) => {
      const ofTotal = share(use.totalMs, Math.max(recording.durationMs, recording.sqlMs))
      return {
        href: statementLink(base, use.fingerprint),
        sql: highlight(shorten(sent.get(use.fingerprint) ?? use.fingerprintText, 400), 'sql'),
        calls: count(use.calls),
        isFinding: found.has(siteKey(use.fingerprint, use.callSite)),
        total: duration(isUntimed(use) ? null : use.totalMs),
        max: duration(isUntimed(use) ? null : use.maxMs, 2),
        rowCount: count(use.rowCount),
        place: use.callSite && place(use.callSite),
        ofTotal: { width: svgPercent(ofTotal), text: percent(ofTotal) },
      }
    }),
    moreCount: Math.max(0, rows.length - MAX_GROUPS),
  }
}

// BEGIN and COMMIT have no end that knex tells of: that is not the same as no time.
function isUntimed({ operation, totalMs }: StatementUse): boolean {
  return operation === 'transaction' && totalMs === 0
}

function siteKey(fingerprint: string, callSite: StatementUse['callSite']): string {
  return `${fingerprint} ${callSite?.file ?? ''}:${callSite?.line ?? ''}`
}

/** Every query in the order it was sent, a page at a time. */
export function queriesInOrder(recording: Recording, self: string, from: number): object {
  const { queries } = recording
  const transactions = new Map<string, string>()
  for (const { transactionId } of queries) {
    if (transactionId !== null && !transactions.has(transactionId)) {
      transactions.set(transactionId, `T${transactions.size + 1}`)
    }
  }
  const shown = queries.slice(from, from + PAGE_LENGTH)
  const address = (start: number): string => `${self}?queries=all${start === 0 ? '' : `&from=${start}`}#queries`
  return {
    rows: shown.map((query) => queryRow(query, transactions)),
    range:
      shown.length === 0 ? 'none' : `${count(from + 1)} – ${count(from + shown.length)} of ${count(queries.length)}`,
    previousHref: from === 0 ? null : address(Math.max(0, from - PAGE_LENGTH)),
    nextHref: from + PAGE_LENGTH < queries.length ? address(from + PAGE_LENGTH) : null,
  }
}

function queryRow(query: RecordedQuery, transactions: ReadonlyMap<string, string>): object {
  return {
    number: count(query.index + 1),
    start: duration(query.startMs),
    time: duration(query.durationMs, 2),
    sql: highlight(shorten(query.statement, 2000), 'sql'),
    bindings: query.bindings?.length === 0 ? null : bindingParts(query.bindings, 2000),
    rowCount: count(query.rowCount),
    place: query.callSite && place(query.callSite),
    transaction: query.transactionId === null ? null : (transactions.get(query.transactionId) ?? null),
    connection: query.connection,
    error: query.error,
    late: query.late,
  }
}

import type { CallSite } from '../../model/call-site.js'
import type { HistoryWrite } from '../../model/history.js'
import { tablesOf } from '../../sql/tables.js'

/** Statements of no known operation that write nothing for sure. */
const HARMLESS = /^(?:set|show|pragma|explain|describe|desc|use|analyze|vacuum|listen|unlisten|notify|reset|discard)\b/

export interface WritesTo {
  /** Recordings that sent a write to one of the tables, or one whose tables are not known. */
  readonly count: number
  /** Where these come from. */
  readonly callSites: readonly CallSite[]
}

/** What was written to some tables; a recording that sent two such statements counts twice. */
export function writesTo(tables: readonly string[], writes: readonly HistoryWrite[]): WritesTo {
  const concerned = writes.filter(({ fingerprintText }) => {
    const written = tablesOf(fingerprintText)
    if (written.length === 0) return !HARMLESS.test(fingerprintText.toLowerCase())
    return written.some((table) => tables.includes(table))
  })
  return {
    count: concerned.reduce((sum, { recordingCount }) => sum + recordingCount, 0),
    callSites: concerned.flatMap(({ callSite }) => callSite ?? []),
  }
}

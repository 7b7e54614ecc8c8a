import type { CallSite } from '../model/call-site.js'
import type { CallerFrame } from '../model/evidence.js'
import type { QueryOperation } from '../model/query.js'
import { callersOf } from './call-paths.js'
import { hashOfId } from './content-id.js'
import { NONE } from './contents.js'
import { type CallSiteRow, callSiteOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

export interface StoredStatement {
  readonly fingerprint: string
  readonly text: string
  readonly operation: QueryOperation
}

/** Finds what is stored once, each at most once per answer. What is missing comes back empty, never as an error. */
export interface Lookup {
  text(id: number): string
  statement(id: number): StoredStatement
  callSite(id: number | null, inferred: boolean): CallSite | null
  callPath(id: number): readonly CallerFrame[]
}

export function createLookup(handle: StoreHandle): Lookup {
  const text = remember((id) => {
    return handle.get<{ text: string }>('SELECT text FROM texts WHERE id = ?', id)?.text ?? ''
  })
  const statement = remember((id): StoredStatement => {
    const row = handle.get<{ text: string; operation: QueryOperation }>(
      'SELECT text, operation FROM statements WHERE id = ?',
      id,
    )
    return { fingerprint: hashOfId(id), text: row?.text ?? '', operation: row?.operation ?? 'other' }
  })
  const callSiteRow = remember((id) => {
    return handle.get<CallSiteRow>('SELECT file, line, "column", function FROM call_sites WHERE id = ?', id)
  })
  return {
    text,
    callPath: remember((id) => callersOf(text(id))),
    statement,
    callSite: (id, inferred) => {
      const row = id === null || id === NONE ? undefined : callSiteRow(id)
      return row === undefined ? null : callSiteOf(row, inferred)
    },
  }
}

function remember<Found>(find: (id: number) => Found): (id: number) => Found {
  const found = new Map<number, Found>()
  return (id) => {
    const known = found.get(id)
    if (known !== undefined) return known
    const value = find(id)
    found.set(id, value)
    return value
  }
}

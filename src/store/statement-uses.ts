import type { RecordedQuery } from '../model/query.js'
import { NONE } from './contents.js'
import { addToBin, durationBin, type Histogram } from './histogram.js'
import type { QueryShape } from './packed-queries.js'

/** One statement at one call site within one recording, as it is stored. */
export interface UseRow {
  readonly statementId: number
  readonly callSiteId: number
  inferred: boolean
  calls: number
  totalUs: number
  maxUs: number
  rowCount: number | null
  readonly durations: Histogram
}

/** Adds up the queries of a recording by statement and call site. */
export function statementUses(
  queries: readonly RecordedQuery[],
  shapeOf: (query: RecordedQuery) => QueryShape,
): Iterable<UseRow> {
  const byShape = new Map<QueryShape, UseRow>()
  const byKey = new Map<string, UseRow>()
  for (const query of queries) {
    const shape = shapeOf(query)
    let use = byShape.get(shape)
    if (use === undefined) {
      use = useOf(byKey, shape)
      byShape.set(shape, use)
    }
    add(use, query)
  }
  return byKey.values()
}

/** Shapes differ by connection and spelling too: several may add to one row. */
function useOf(byKey: Map<string, UseRow>, shape: QueryShape): UseRow {
  const { statementId, inferred } = shape
  const callSiteId = shape.callSiteId ?? NONE
  const key = `${statementId}/${callSiteId}`
  const known = byKey.get(key)
  if (known) {
    known.inferred &&= inferred
    return known
  }
  const use = {
    statementId,
    callSiteId,
    inferred,
    calls: 0,
    totalUs: 0,
    maxUs: 0,
    rowCount: null,
    durations: new Map(),
  }
  byKey.set(key, use)
  return use
}

function add(use: UseRow, query: RecordedQuery): void {
  use.calls += 1
  if (query.rowCount !== null) use.rowCount = (use.rowCount ?? 0) + query.rowCount
  if (query.durationMs === null) return
  const durationUs = Math.round(query.durationMs * 1000)
  use.totalUs += durationUs
  if (durationUs > use.maxUs) use.maxUs = durationUs
  addToBin(use.durations, durationBin(durationUs))
}

import type { Plan, SqlSession } from '../../model/explain.js'
import type { RecordedBinding } from '../../model/query.js'
import type { CatalogueTable } from '../catalogue.js'

export interface ExplainRequest {
  /** Passed `whyNotExplained`. */
  readonly statement: string
  readonly bindings: readonly RecordedBinding[]
  /** Runs the query for real. */
  readonly measure: boolean
}

export interface TableName {
  readonly name: string
  readonly schema: string | null
  /** Rows are counted up to here, where the catalogue does not tell how many there are. */
  readonly countUpTo: number
}

/** What is asked of a database in its own words. */
export interface Engine {
  /** Whether a plan depends on the values: then it takes all of them. */
  readonly needsValues: boolean
  readonly canMeasure: boolean
  /** Runs `work` so that it cannot write, and its statements end in time, as far as the database has such. */
  guarded<T>(session: SqlSession, timeoutMs: number, work: () => Promise<T>): Promise<T>
  /** `null`: no table of this name. */
  table(session: SqlSession, name: TableName): Promise<CatalogueTable | null>
  plan(session: SqlSession, request: ExplainRequest): Promise<Plan>
}

/** Drivers give whole numbers as text where they may be large. */
export function toNumber(value: unknown): number | null {
  const number = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

export function toText(value: unknown): string | null {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : null
}

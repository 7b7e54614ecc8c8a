import type { CallSite } from './call-site.js'
import type { Occurrence } from './finding.js'
import type { FindingBadge } from './finding-summary.js'
import type { QueryOperation } from './query.js'
import type { Recording } from './recording.js'

/** One statement at one call site within one recording. */
export interface StatementUse {
  readonly fingerprint: string
  readonly fingerprintText: string
  readonly operation: QueryOperation
  readonly callSite: CallSite | null
  readonly calls: number
  readonly totalMs: number
  readonly maxMs: number
  /** `null`: not known for any of the calls. */
  readonly rowCount: number | null
}

export interface StoredRecording {
  readonly recording: Recording
  readonly occurrences: readonly Occurrence[]
  readonly statements: readonly StatementUse[]
  /** One for each finding that has occurrences here. */
  readonly badges: readonly FindingBadge[]
  readonly newerId: string | null
  readonly olderId: string | null
}

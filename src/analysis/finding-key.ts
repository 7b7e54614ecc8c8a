import type { CallSite } from '../model/call-site.js'
import type { FindingKind } from '../model/finding.js'
import type { RecordedRequest } from '../model/recording.js'
import { contentHash } from '../sql/hash.js'
import { remembered } from '../sql/remembered.js'

/** A route has mostly the same findings again. */
const hashOf = remembered(contentHash)

export interface FindingOrigin {
  readonly kind: FindingKind
  /** Fingerprint texts, in any order. */
  readonly statements: readonly string[]
  readonly callSite: CallSite | null
  /** `null`: outside a request. */
  readonly request: RecordedRequest | null
}

/**
 * What tells one problem from another in every recording and process, on every database: kind, statements, file and
 * function, or the route where the function has no name. Lines are no part of it, so that an edit above leaves it be.
 */
export function findingKey({ kind, statements, callSite, request }: FindingOrigin): string {
  const file = callSite?.file ?? null
  const place = callSite?.function ?? (request && [request.method, request.route])
  return hashOf(JSON.stringify([kind, statements.toSorted(), file, place]))
}

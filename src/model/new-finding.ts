import type { CallSite } from './call-site.js'
import type { FindingKind } from './finding-kind.js'

/** A finding that the store has never had before, as the app is told of it. */
export interface NewFinding {
  readonly key: string
  readonly kind: FindingKind
  /** One sentence with its numbers. */
  readonly message: string
  /** `null`: not in a request. */
  readonly method: string | null
  /** The pattern; `null`: no route matched, or not in a request. */
  readonly route: string | null
  readonly callSite: CallSite | null
  /** Id of the recording that has it. */
  readonly recordingId: string
  /** The finding's page, with scheme and host where they are known: `http://localhost:3000/silk/findings/…`. */
  readonly url: string
}

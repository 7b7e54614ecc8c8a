import type { Masker } from '../mask.js'
import type { Report } from '../report.js'
import { type ConfiguredSpan, wrapConfigured } from './configured.js'
import { timeLayers } from './layers.js'
import { listenToOutgoing } from './outgoing-http.js'

/** What becomes a span without a word in the app's code. */
export interface AutomaticSpans {
  readonly spans: readonly ConfiguredSpan[]
  /** Each middleware and handler of Express. */
  readonly middleware: boolean
  /** Requests that the app sends. */
  readonly outgoingHttp: boolean
}

interface AutomaticOptions {
  readonly spans?: AutomaticSpans
  readonly projectRoot: string
  readonly report: Report
}

/** @returns each takes one kind of them back */
export function automaticSpans(
  { spans, projectRoot, report }: AutomaticOptions,
  masker: Masker,
): readonly (() => void)[] {
  if (spans === undefined) return []
  return [
    ...(spans.middleware ? [timeLayers()] : []),
    ...(spans.outgoingHttp ? [listenToOutgoing(masker)] : []),
    wrapConfigured(spans.spans, projectRoot, report),
  ]
}

import type { FindingSummary } from '../../model/finding-summary.js'
import { svgPercent } from '../charts/ticks.js'
import {
  count,
  duration,
  durationText,
  type Moment,
  moment,
  type Place,
  percent,
  place,
  prose,
  type Quantity,
  share,
} from '../display.js'
import { findingAnchor, findingLink, requestLink } from '../links.js'
import type { PageContext } from '../page.js'
import { renderEach } from '../render.js'
import { type Badge, badge } from '../severity.js'
import { regression, type StateForm, stateForm } from './finding-state.js'

/** A finding as one row: rank, kind, sentence and place, what it costs and what its fix saves. */
interface FindingRow {
  readonly rank: string
  readonly badge: Badge
  /** The request page of its newest occurrence, at the finding. */
  readonly href: string
  readonly method: string
  readonly route: string
  readonly sentence: ReturnType<typeof prose>
  readonly place: Place | null
  /** Highlighted HTML of the source line itself; `null`: not to be had. */
  readonly sourceLine: string | null
  readonly changedSince: boolean
  readonly reach: string
  readonly lastSeen: Moment
  /** Since when it is back after it was marked fixed. */
  readonly backSince: Moment | null
  readonly form: StateForm
  readonly lost: Quantity
  /** What `lost` counts: the estimated saving, or all time of the queries where no saving is known. */
  readonly lostTitle: string
  readonly saves: string | null
  readonly barWidth: string
}

/**
 * Rows, as HTML, for findings that are ranked already. Bars are in proportion to the costliest.
 *
 * @param back path and query of the page, from the mount path on: where its buttons lead back to
 */
export async function findingRows(
  context: PageContext,
  findings: readonly FindingSummary[],
  back: string,
): Promise<string> {
  const most = Math.max(0, ...findings.map(lostMs))
  const ranked = findings.map((finding, index) => ({ finding, rank: index + 1 }))
  return renderEach('finding-row', ranked, async ({ finding, rank }) => ({
    row: await findingRow(context, finding, { rank, most, back }),
  }))
}

async function findingRow(
  context: PageContext,
  finding: FindingSummary,
  { rank, most, back }: { readonly rank: number; readonly most: number; readonly back: string },
): Promise<FindingRow> {
  const { latest, latestRecordingId } = finding
  const line = latest.callSite && (await context.source(latest.callSite, finding.lastSeen, { before: 0, after: 0 }))
  return {
    rank: String(rank),
    badge: badge(finding.kind, finding.share, finding.state),
    href:
      latestRecordingId === null
        ? findingLink(context.base, finding.key)
        : requestLink(context.base, latestRecordingId, findingAnchor(finding.key)),
    method: finding.method ?? '',
    route: finding.route ?? (finding.method === null ? 'background' : '(no route)'),
    sentence: prose(latest.message),
    place: latest.callSite && place(latest.callSite),
    sourceLine: line && (await context.highlight((line.lines[0]?.text ?? '').trim(), 'typescript')),
    changedSince: line?.changedSince ?? false,
    reach: `${count(finding.recordingCount)} of ${count(finding.routeRecordingCount)} requests`,
    lastSeen: moment(finding.lastSeen, context.now),
    backSince: regression(finding, context.now)?.since ?? null,
    form: stateForm(context, finding, back),
    lost: duration(lostMs(finding)),
    lostTitle:
      finding.savingMs > 0 ? `estimated: ${latest.savingBasis}` : 'all time of the queries concerned; no saving known',
    saves: savesText(finding),
    barWidth: svgPercent(share(lostMs(finding), most)),
  }
}

/** Time lost in the window: what the fix would save, as far as that is known. */
export function lostMs(finding: FindingSummary): number {
  return finding.savingMs > 0 ? finding.savingMs : finding.totalMs
}

function savesText({ latest, latestDurationMs }: FindingSummary): string | null {
  if (latest.savingMs === null || latest.savingMs <= 0) return null
  const saving = `~${durationText(latest.savingMs)}`
  return latestDurationMs === null ? saving : `${saving}, ${percent(share(latest.savingMs, latestDurationMs))} %`
}

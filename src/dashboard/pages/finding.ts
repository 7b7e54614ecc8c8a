import type { FindingSummary } from '../../model/finding-summary.js'
import type { Page as ReaderPage } from '../../model/page.js'
import type { RecordingSummary } from '../../model/request-list.js'
import { count, duration, moment, percent, plural, prose, share, total } from '../display.js'
import { findingJson } from '../json/finding-json.js'
import { summaryJson } from '../json/recording-json.js'
import { findingAnchor, findingLink, link, requestLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { notFound } from '../problem.js'
import { badge, badgeMaker } from '../severity.js'
import { findingCard } from './finding-card.js'
import { lostMs } from './finding-row.js'
import { regression, stateForm } from './finding-state.js'
import { regressionTestFor } from './replay.js'
import { requestRow } from './request-row.js'

const RECENT = 20

/** One finding over time: its newest occurrence told whole, and the requests that have it. */
export async function findingPage(context: PageContext): Promise<Page> {
  const key = context.params.key ?? ''
  const finding = await context.reader.finding(key)
  if (finding === null) throw notFound(`No finding has the key "${key}".`)
  const recent = await context.reader.requests({ findingKey: key, limit: RECENT })
  const regressionTest = await regressionTestFor(context, finding.latestRecordingId, finding.latest)
  return {
    title: finding.latest.message,
    section: 'findings',
    view: 'finding',
    json: () => ({
      ...findingJson(finding),
      regressionTest: regressionTest?.code ?? null,
      recentRecordings: recent.items.map(summaryJson),
    }),
    model: async () => ({
      ...(await findingModel(context, finding, recent)),
      regressionTest: regressionTest?.view ?? null,
    }),
  }
}

async function findingModel(
  context: PageContext,
  finding: FindingSummary,
  recent: ReaderPage<RecordingSummary>,
): Promise<object> {
  const { base, now } = context
  const { latest, latestRecordingId } = finding
  const subject = {
    durationMs: finding.latestDurationMs ?? latest.totalMs,
    queryCount: finding.latestQueryCount ?? latest.count,
    startedAt: finding.lastSeen,
    share: finding.share,
    state: finding.state,
  }
  const card = await findingCard(context, latest, subject)
  const links = card.links.filter(({ href }) => href !== findingLink(base, finding.key))
  return {
    backHref: link(base, '/findings'),
    badge: badge(finding.kind, finding.share, finding.state),
    kind: finding.kind,
    method: finding.method ?? '',
    route: finding.route ?? (finding.method === null ? 'background' : '(no route)'),
    sentence: prose(latest.message),
    state: finding.state,
    fixedAt: finding.fixedAt === null ? null : moment(finding.fixedAt, now),
    regression: regression(finding, now),
    form: stateForm(context, finding, null),
    timesText: plural(finding.recordingCount, 'time', 'times'),
    latestHref: latestRecordingId === null ? null : requestLink(base, latestRecordingId, findingAnchor(finding.key)),
    stats: [
      {
        label: 'Lost',
        ...duration(lostMs(finding)),
        className: 'c-waste',
        sub: `${percent(finding.share)} % of all response time`,
      },
      {
        label: 'Requests',
        value: count(finding.recordingCount),
        sub: `${percent(share(finding.recordingCount, finding.routeRecordingCount))} % of its route`,
      },
      { label: 'Queries', value: count(latest.count), sub: 'in the newest request' },
      { label: 'Time in them', ...duration(latest.totalMs), className: 'c-sql', sub: 'in the newest request' },
    ],
    firstSeen: moment(finding.firstSeen, now),
    lastSeen: moment(finding.lastSeen, now),
    card: { ...card, links },
    totalText: recent.total === null ? count(finding.recordingCount) : total(recent.total),
    rows: recent.items.map((summary) => requestRow(base, now, badgeMaker([finding]), summary)),
    allHref: link(base, '/requests', { finding: finding.key }),
  }
}

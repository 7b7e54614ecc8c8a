import type { FindingState, Occurrence } from '../../model/finding.js'
import { count, durationText, type Place, place, plural, prose, shorten } from '../display.js'
import { escapeHtml } from '../escape.js'
import { highlightLines } from '../highlight.js'
import { findingAnchor, findingLink, link, statementLink } from '../links.js'
import type { PageContext } from '../page.js'
import { type Badge, badge } from '../severity.js'

interface CodeLine {
  readonly number: string
  readonly html: string
  readonly isHit: boolean
  /** Too long to leave room for the tag beside it. */
  readonly isLong: boolean
}

const ROOMY_LENGTH = 80

/** A finding told whole: the sentence, the source with its offending line, the fix, and why it is one. */
export interface FindingCard {
  readonly anchor: string
  /** `null`: open, as most are. */
  readonly state: 'ignored' | 'fixed' | null
  readonly badge: Badge
  readonly sentence: ReturnType<typeof prose>
  readonly instead: { readonly text: string; readonly of: string } | null
  readonly place: Place | null
  readonly before: string
  readonly code: readonly CodeLine[] | null
  readonly hitNumber: string
  /** `×50 = 29.7 ms`, or `29.7 ms` of a single query, at the end of the offending line. */
  readonly tag: string
  readonly changedSince: boolean
  readonly fix: { readonly summary: ReturnType<typeof prose>; readonly lines: readonly string[] | null } | null
  readonly after: string | null
  readonly parent: { readonly sql: string; readonly rows: string; readonly place: Place | null } | null
  readonly basisLabel: string
  readonly basis: string
  readonly links: readonly { readonly href: string; readonly label: string }[]
}

/** The recording an occurrence is told of. */
interface CardSubject {
  readonly durationMs: number
  readonly queryCount: number
  readonly startedAt: number
  readonly share: number
  readonly state: FindingState
}

export async function findingCard(
  context: PageContext,
  occurrence: Occurrence,
  subject: CardSubject,
): Promise<FindingCard> {
  const { callSite, fix, parent, findingKey } = occurrence
  const { highlight } = context
  const snippet = callSite && (await context.source(callSite, subject.startedAt))
  const html =
    snippet && (await highlightLines(highlight, snippet.lines.map((line) => line.text).join('\n'), 'typescript'))
  const after = afterFix(occurrence, subject)
  return {
    anchor: findingAnchor(findingKey),
    state: subject.state === 'open' ? null : subject.state,
    badge: badge(occurrence.kind, subject.share, subject.state),
    sentence: prose(occurrence.message),
    instead: after === null ? null : { text: after, of: durationText(subject.durationMs) },
    place: callSite && place(callSite, context.editor(callSite)),
    before: `${plural(subject.queryCount, 'query', 'queries')}, ${durationText(subject.durationMs)}`,
    code:
      snippet === null
        ? null
        : snippet.lines.map((line, index) => ({
            number: String(line.number),
            html: html?.[index] ?? escapeHtml(line.text),
            isHit: line.isCallSite,
            isLong: line.text.length > ROOMY_LENGTH,
          })),
    hitNumber: callSite === null ? '' : String(callSite.line),
    tag: tagOf(occurrence),
    changedSince: snippet?.changedSince ?? false,
    fix: fix && {
      summary: prose(fix.summary),
      lines: fix.code === null ? null : await highlightLines(highlight, fix.code, 'typescript'),
    },
    after,
    parent: parent && {
      sql: await highlight(shorten(parent.statement, 200), 'sql'),
      rows: plural(parent.rowCount, 'row', 'rows'),
      place: parent.callSite && place(parent.callSite, context.editor(parent.callSite)),
    },
    basisLabel: occurrence.savingMs === null ? 'Saving' : 'Estimate',
    basis: occurrence.savingBasis,
    links: cardLinks(context.base, occurrence),
  }
}

function tagOf({ count: of, queryIndexes, totalMs }: Occurrence): string {
  const here = queryIndexes.length
  // A finding of the whole request: the line has sent some of its queries.
  if (here > 0 && here < of) return `×${count(here)} of ${count(of)}`
  return of === 1 ? durationText(totalMs) : `×${count(of)} = ${durationText(totalMs)}`
}

/** What the request would cost: `2 queries, ~9.8 ms`. `null`: not known. */
function afterFix({ kind, count: repeated, statements, savingMs }: Occurrence, subject: CardSubject): string | null {
  if (savingMs === null) return null
  const time = `~${durationText(Math.max(0, subject.durationMs - savingMs))}`
  // Only of a loop it is known how many remain: of duplicates, as many as had different values.
  if (kind !== 'n-plus-one' && kind !== 'write-loop') return time
  return `${plural(subject.queryCount - repeated + statements.length, 'query', 'queries')}, ${time}`
}

function cardLinks(base: string, { kind, findingKey, fingerprints }: Occurrence): FindingCard['links'] {
  const [fingerprint] = fingerprints
  return [
    { href: findingLink(base, findingKey), label: 'This finding over time' },
    { href: link(base, '/requests', { finding: findingKey }), label: 'Other requests with it' },
    ...(fingerprint === undefined
      ? []
      : [
          {
            href: statementLink(base, fingerprint),
            label: kind === 'slow-query' ? 'This statement and its plan' : 'This statement everywhere',
          },
        ]),
  ]
}

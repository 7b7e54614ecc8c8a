import type { Detector } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import { mainTable } from '../../sql/lookup.js'
import { type Loop, loopOccurrences } from '../loops.js'
import type { LoopPart } from '../one-loop.js'
import type { SettingsOf } from '../settings.js'
import { whereInFix } from '../where-in-fix.js'
import { grouped, rowsText } from '../wording.js'

/**
 * One statement from one call site, `threshold` times or more within a recording, each time with different values: a
 * query inside a loop, whether its turns wait for each other or not.
 *
 * Values that don't count as different: elements of lists (chunks of a `whereIn`, but not lists of rows: `own-lists.ts`),
 * LIMIT and OFFSET and where a page begins (paging). The same values again are duplicates and count once. Failed queries
 * count never, so that retries are none; nor do ranges, trees by level and searches (`no-loops.ts`). Reads only: BEGIN,
 * COMMIT and writes have detectors of their own, if any.
 *
 * A loop that sends several statements for each item is one finding (`one-loop.ts`). Not seen: one that sends one
 * statement from several call sites, or through several connections. Of more than 50 loops in one recording, those
 * that took the most time are named.
 */
export function nPlusOne({ threshold }: SettingsOf<'nPlusOne'>): Detector {
  return (recording) =>
    loopOccurrences(
      recording,
      { threshold, isCandidate: isRead, isCompanion: isRead, mustDiffer: () => true },
      (loop) => ({ kind: 'n-plus-one', what: whatOf(loop), fix: whereInFix(recording, loop) }),
    )
}

function isRead({ operation, error }: RecordedQuery): boolean {
  return operation === 'select' && error === null
}

function whatOf(loop: Loop): string {
  const [{ parent, differentCount, repeats }] = loop as [LoopPart]
  const isAlone = loop.length === 1
  const statements = isAlone ? 'the same statement' : `${loop.length} statements, sent again and again`
  const table = parent && mainTable(parent.statement)
  if (parent === null || table === null) return `${statements} with ${grouped(differentCount)} different bindings`
  const isOnePerRow = parent.rowCount === repeats.length || parent.rowCount === differentCount
  if (isOnePerRow) return `${statements}, ${isAlone ? 'one per row' : 'for each row'} of \`${table}\``
  return `${statements} with ${grouped(differentCount)} different bindings, for ${rowsText(parent.rowCount)} of \`${table}\``
}

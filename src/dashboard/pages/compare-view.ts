import { svgPercent } from '../charts/ticks.js'
import type { Measure, Verdict } from '../compare/measure.js'
import type { ComparedStatement, StatementChange, StatementSide } from '../compare/statements.js'
import {
  bytes,
  count,
  duration,
  durationText,
  percent,
  perText,
  plural,
  type Quantity,
  quantityText,
  share,
  shorten,
} from '../display.js'
import type { PageContext } from '../page.js'
import { mapInTurns } from '../turn.js'

const INK: Readonly<Record<Verdict, string>> = {
  better: 'c-save strong',
  worse: 'over',
  same: 'dim',
  neutral: 'dim',
}
const FILL: Readonly<Record<Verdict, string>> = { better: 'f-save', worse: 'f-waste', same: 'f-app', neutral: 'f-app' }

/** A measure as a row: both numbers, the change in words, and two bars. */
export function measureRow(measure: Measure): object {
  const { label, before, after, verdict } = measure
  const most = Math.max(before ?? 0, after ?? 0)
  return {
    label,
    before: quantity(measure, before),
    after: quantity(measure, after),
    change: changeText(measure),
    className: INK[verdict],
    bars: {
      before: svgPercent(share(before ?? 0, most)),
      after: svgPercent(share(after ?? 0, most)),
      fill: FILL[verdict],
    },
  }
}

export function changeClass({ verdict }: Measure): string {
  return INK[verdict]
}

/** `−96 %`; `same` where nothing is different; from nothing on there is no share. */
export function changeText({ change, before, after }: Measure): string {
  if (before === null || after === null) return '–'
  if (change === null) return 'from 0'
  const whole = Math.round(Math.abs(change) * 100)
  if (whole === 0) return 'same'
  return `${change < 0 ? '−' : '+'}${count(whole)} %`
}

function quantity({ unit }: Measure, value: number | null): Quantity {
  if (unit === 'ms') return duration(value)
  if (unit === 'bytes') return bytes(value)
  if (unit === 'share') return value === null ? { value: '–', unit: '' } : { value: percent(value), unit: '%' }
  if (value === null || Number.isInteger(value)) return { value: count(value), unit: '' }
  return { value: value.toFixed(1), unit: '' }
}

/** `9.8 × faster: 51 → 2 queries, 41.2 → 4.2 ms.` in its parts; the times decide. */
export function verdictOf(
  time: Measure,
  queries: Measure,
): { readonly lead: string; readonly className: string; readonly rest: string } {
  const rest = `${arrow(queries)} queries, ${durationText(time.before)} → ${durationText(time.after)}.`
  const [slow, fast] = [Math.max(time.before ?? 0, time.after ?? 0), Math.min(time.before ?? 0, time.after ?? 0)]
  const times = fast > 0 ? `${(slow / fast).toFixed(slow / fast < 10 ? 1 : 0)} × ` : ''
  if (time.verdict === 'better') return { lead: `${times}faster:`, className: 'c-save', rest }
  if (time.verdict === 'worse') return { lead: `${times}slower:`, className: 'c-waste', rest }
  return { lead: 'As fast as before:', className: '', rest }
}

function arrow(measure: Measure): string {
  return `${quantityText(quantity(measure, measure.before))} → ${quantityText(quantity(measure, measure.after))}`
}

const BADGE: Readonly<Record<StatementChange, { readonly label: string; readonly className: string }>> = {
  gone: { label: 'gone', className: 'save' },
  new: { label: 'new', className: '' },
  fewer: { label: 'fewer calls', className: 'save' },
  more: { label: 'more calls', className: 'mid' },
  faster: { label: 'faster', className: 'save' },
  slower: { label: 'slower', className: 'mid' },
  same: { label: 'same', className: 'plain' },
  'not asked': { label: 'not asked', className: 'plain' },
}
const MAX_STATEMENTS = 100

interface Shown {
  readonly text: string
  readonly href: string
  readonly place: object | null
}

/** @param show how a statement is named */
export async function statementRows<Subject>(
  { highlight }: PageContext,
  statements: readonly ComparedStatement<Subject>[],
  show: (subject: Subject) => Shown,
): Promise<object> {
  const number = (change: StatementChange): number => statements.filter((one) => one.change === change).length
  const told = (Object.keys(BADGE) as StatementChange[]).filter((change) => number(change) > 0)
  return {
    summary: told.map((change) => `${count(number(change))} ${BADGE[change].label}`).join(', '),
    more: Math.max(0, statements.length - MAX_STATEMENTS),
    rows: await mapInTurns(statements.slice(0, MAX_STATEMENTS), async ({ change, subject, before, after }) => {
      const { text, href, place } = show(subject)
      return {
        badge: BADGE[change],
        href,
        place,
        title: shorten(text, 2000),
        sql: await highlight(shorten(text, 400), 'sql'),
        before: sideOf(before),
        after: sideOf(after),
      }
    }),
  }
}

function sideOf(side: StatementSide | null): object | null {
  if (side === null) return null
  return {
    calls: count(side.calls),
    each: perText(side.callsEach),
    total: duration(side.totalMs, 2),
    p50: duration(side.p50Ms, 2),
  }
}

/** Findings that share what has become of them: `2 findings solved:`, `No new finding.` */
export interface FindingGroup {
  readonly title: string
  readonly className: string
  readonly rows: readonly object[]
}

export function solvedGroup(rows: readonly object[]): FindingGroup {
  if (rows.length === 0) return { title: 'No finding solved.', className: 'dim', rows }
  return { title: `${plural(rows.length, 'finding', 'findings')} solved:`, className: 'c-save strong', rows }
}

export function addedGroup(rows: readonly object[]): FindingGroup {
  if (rows.length === 0) return { title: 'No new finding.', className: 'dim', rows }
  return { title: `${plural(rows.length, 'new finding', 'new findings')}:`, className: 'c-waste strong', rows }
}

/** None: not worth a word. */
export function otherGroup(rows: readonly object[], verb: string): FindingGroup[] {
  if (rows.length === 0) return []
  return [{ title: `${plural(rows.length, 'finding', 'findings')} ${verb}:`, className: '', rows }]
}

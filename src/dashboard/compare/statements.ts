import { measure } from './measure.js'

/** What a statement cost on one side. */
export interface StatementSide {
  readonly calls: number
  /** Calls in each recording that ran it. */
  readonly callsEach: number
  readonly totalMs: number
  readonly p50Ms: number
}

/**
 * - `gone`, `new`: on one side only, where the other side had requests that could have sent it
 * - `not asked`: on one side only, since the other had no request to its routes
 * - `fewer`, `more`: calls in each request
 * - `faster`, `slower`: as often, in another time
 */
export type StatementChange = 'gone' | 'new' | 'not asked' | 'fewer' | 'more' | 'faster' | 'slower' | 'same'

export interface ComparedStatement<Subject> {
  readonly change: StatementChange
  readonly subject: Subject
  readonly before: StatementSide | null
  readonly after: StatementSide | null
}

interface OneSide<Subject> {
  readonly subject: Subject
  readonly side: StatementSide
  /** Whether the other side had requests that could have sent it. */
  readonly couldBeElsewhere: boolean
  /** Whether its times say something. */
  readonly isEnough: boolean
}

const ORDER: readonly StatementChange[] = ['gone', 'new', 'fewer', 'more', 'faster', 'slower', 'same', 'not asked']

/** What has changed first; then what cost most on either side. Keys are fingerprints. */
export function compareStatements<Subject>(
  before: ReadonlyMap<string, OneSide<Subject>>,
  after: ReadonlyMap<string, OneSide<Subject>>,
): readonly ComparedStatement<Subject>[] {
  const compared: ComparedStatement<Subject>[] = []
  for (const [key, one] of before) {
    const other = after.get(key)
    const change = other ? changeOf(one, other) : one.couldBeElsewhere ? 'gone' : 'not asked'
    compared.push({ change, subject: other?.subject ?? one.subject, before: one.side, after: other?.side ?? null })
  }
  for (const [key, { subject, side, couldBeElsewhere }] of after) {
    if (before.has(key)) continue
    compared.push({ change: couldBeElsewhere ? 'new' : 'not asked', subject, before: null, after: side })
  }
  return compared.sort((a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change) || costOf(b) - costOf(a))
}

function changeOf<Subject>(one: OneSide<Subject>, other: OneSide<Subject>): StatementChange {
  const [before, after] = [one.side, other.side]
  if (isOther(before.callsEach, after.callsEach)) return after.callsEach < before.callsEach ? 'fewer' : 'more'
  const isEnough = one.isEnough && other.isEnough
  const { verdict } = measure({
    ...{ name: 'p50', label: '', unit: 'ms', isEnough },
    before: before.p50Ms,
    after: after.p50Ms,
  })
  return verdict === 'better' ? 'faster' : verdict === 'worse' ? 'slower' : 'same'
}

/** A mean of many requests is seldom the very same number. */
function isOther(before: number, after: number): boolean {
  return Math.abs(after - before) > 0.1 * Math.max(before, after)
}

function costOf<Subject>({ before, after }: ComparedStatement<Subject>): number {
  return Math.max(before?.totalMs ?? 0, after?.totalMs ?? 0)
}

import type { FindingSummary } from '../../model/finding-summary.js'
import type { Overview, RouteSummary } from '../../model/overview.js'
import type { SessionStatement } from '../../model/session-summary.js'
import { FEW, type Measure, measure } from './measure.js'
import { type ComparedStatement, compareStatements } from './statements.js'

/** One session as it was read. */
export interface SessionSide {
  readonly overview: Overview
  readonly statements: readonly SessionStatement[]
}

export interface ComparedRoute {
  readonly method: string
  readonly route: string | null
  readonly before: RouteSummary | null
  readonly after: RouteSummary | null
  readonly p95: Measure
  readonly queries: Measure
}

export interface ComparedSessions {
  /** Whether sums over all routes can be compared. */
  readonly isSameMix: boolean
  readonly measures: readonly Measure[]
  readonly routes: readonly ComparedRoute[]
  readonly statements: readonly ComparedStatement<SessionStatement>[]
  readonly solved: readonly FindingSummary[]
  readonly added: readonly FindingSummary[]
  readonly remaining: readonly FindingSummary[]
  /** Found before; none of the requests after went to its route. */
  readonly notAsked: readonly FindingSummary[]
}

/** Two sessions side by side: of what both asked for, what has changed. */
export function compareSessions(before: SessionSide, after: SessionSide): ComparedSessions {
  const askedBefore = new Set(before.overview.routes.map(nameOf))
  const askedAfter = new Set(after.overview.routes.map(nameOf))
  const old = new Map(before.overview.findings.map((finding) => [finding.key, finding]))
  const recent = new Map(after.overview.findings.map((finding) => [finding.key, finding]))
  const gone = [...old.values()].filter(({ key }) => !recent.has(key))
  const isAsked = (finding: FindingSummary): boolean => finding.method === null || askedAfter.has(nameOf(finding))
  return {
    isSameMix: hasSameMix(before.overview, after.overview),
    measures: measuresOf(before.overview, after.overview),
    routes: routesOf(before.overview, after.overview),
    statements: compareStatements(
      sidesOf(before.statements, askedAfter, before.overview),
      sidesOf(after.statements, askedBefore, after.overview),
    ),
    solved: gone.filter(isAsked),
    added: [...recent.values()].filter(({ key }) => !old.has(key)),
    remaining: [...recent.values()].filter(({ key }) => old.has(key)),
    notAsked: gone.filter((finding) => !isAsked(finding)),
  }
}

function nameOf({ method, route }: { readonly method: string | null; readonly route: string | null }): string {
  return `${method} ${route ?? ''}`.trim()
}

function measuresOf(a: Overview, b: Overview): Measure[] {
  const isEnough = a.requestCount >= FEW && b.requestCount >= FEW && hasSameMix(a, b)
  const each = (total: number, { requestCount }: Overview): number | null =>
    requestCount === 0 ? null : total / requestCount
  const queries = ({ routes }: Overview): number => routes.reduce((sum, { queryCount }) => sum + queryCount, 0)
  return [
    measure({
      ...{ name: 'requestCount', label: 'Requests', unit: null, judged: 'neutral' },
      before: a.requestCount,
      after: b.requestCount,
    }),
    measure({ name: 'p50Ms', label: 'Response p50', unit: 'ms', before: a.p50Ms, after: b.p50Ms, isEnough }),
    measure({ name: 'p95Ms', label: 'Response p95', unit: 'ms', before: a.p95Ms, after: b.p95Ms, isEnough }),
    measure({
      ...{ name: 'queriesEach', label: 'Queries per request', unit: null, isEnough: hasSameMix(a, b) },
      before: each(queries(a), a),
      after: each(queries(b), b),
    }),
    measure({
      ...{ name: 'sqlEachMs', label: 'SQL per request', unit: 'ms', isEnough },
      before: each(a.sqlWallMs, a),
      after: each(b.sqlWallMs, b),
    }),
    measure({
      ...{ name: 'errorShare', label: 'Errors', unit: 'share', isEnough },
      before: each(a.errorCount, a),
      after: each(b.errorCount, b),
    }),
  ]
}

/** A route's share of the requests may differ by so much before sums over all routes say nothing of the code. */
const MIX = 0.1

/** Whether both have asked for the same routes about as often: else a route that was left out looks like a gain. */
function hasSameMix(a: Overview, b: Overview): boolean {
  const shares = ({ routes, requestCount }: Overview): Map<string, number> =>
    new Map(routes.map((route) => [nameOf(route), route.count / Math.max(1, requestCount)]))
  const [before, after] = [shares(a), shares(b)]
  return [...before.keys(), ...after.keys()].every(
    (name) => Math.abs((before.get(name) ?? 0) - (after.get(name) ?? 0)) <= MIX,
  )
}

/** Those that both asked for first, by what they took before. */
function routesOf(a: Overview, b: Overview): ComparedRoute[] {
  const others = new Map(b.routes.map((route) => [nameOf(route), route]))
  const known = new Set(a.routes.map(nameOf))
  const pairs: (readonly [RouteSummary | null, RouteSummary | null])[] = [
    ...a.routes.map((route) => [route, others.get(nameOf(route)) ?? null] as const),
    ...b.routes.filter((route) => !known.has(nameOf(route))).map((route) => [null, route] as const),
  ]
  return pairs
    .flatMap(([before, after]) => {
      const named = before ?? after
      if (named === null) return []
      const isEnough = (before?.count ?? 0) >= FEW && (after?.count ?? 0) >= FEW
      const p95 = { name: 'p95Ms', label: 'p95', unit: 'ms', isEnough } as const
      const queries = { name: 'queryMedian', label: 'Queries', unit: null } as const
      return [
        {
          ...{ method: named.method, route: named.route, before, after },
          p95: measure({ ...p95, before: before?.p95Ms ?? null, after: after?.p95Ms ?? null }),
          queries: measure({ ...queries, before: before?.queryMedian ?? null, after: after?.queryMedian ?? null }),
        },
      ]
    })
    .sort((one, two) => Number(isPartial(one)) - Number(isPartial(two)))
}

function isPartial({ before, after }: ComparedRoute): boolean {
  return before === null || after === null
}

function sidesOf(statements: readonly SessionStatement[], askedThere: ReadonlySet<string>, { requestCount }: Overview) {
  return new Map(
    statements.map((statement) => {
      const { id, calls, recordingCount, totalMs, p50Ms, routes } = statement
      return [
        id,
        {
          subject: statement,
          side: { calls, callsEach: calls / Math.max(1, recordingCount), totalMs, p50Ms },
          couldBeElsewhere: routes.some((route) => route === 'background' || askedThere.has(route)),
          isEnough: calls >= FEW && requestCount > 0,
        },
      ]
    }),
  )
}

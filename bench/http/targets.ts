import { CONFIGURATIONS, labelOf } from './configurations.js'
import type { Result, ResultRow } from './result.js'
import { APPS, spread, table } from './tables.js'

/** CPU per request, with 2 and with 101 queries, at most; by the major version of Node. */
const AT_MOST: Readonly<Record<number, Readonly<Record<'toEmptyContext' | 'toBare', readonly [string, string]>>>> = {
  20: { toEmptyContext: ['1.03', '1.08'], toBare: ['1.05', '1.25'] },
  24: { toEmptyContext: ['', ''], toBare: ['1.03', '1.10'] },
}
const QUERIES = [2, 101]
const MOST_SQL = 0.99

/** What silk aims at, beside what was measured: of the default options, with all call sites and bindings. */
export function targetsOf({ rows, node }: Result): string {
  const aims = AT_MOST[Number.parseInt(node, 10)]
  const apps = [...new Set(rows.map(({ app }) => app))]
  const columns = apps.flatMap((app) => QUERIES.map((queries) => ({ app, queries })))
  const line = (label: string, aim: readonly string[], show: (at: (id: string) => ResultRow | undefined) => string) => [
    label,
    ...columns.map(({ app, queries }) =>
      show((id) => rows.find((row) => row.app === app && row.queries === queries && row.configuration === id)),
    ),
    aim.filter(Boolean).join(' and '),
  ]
  const head = ['', ...columns.map(({ app, queries }) => `${APPS[app]}, ${queries} queries`), 'at most']
  return table(head, [
    line('silk to an empty AsyncLocalStorage middleware', aims?.toEmptyContext ?? [], (at) => {
      const ratio = at('silk')?.toEmptyContext
      return ratio ? spread(ratio) : ''
    }),
    line('silk to the bare app', aims?.toBare ?? [], (at) => toBare(at('silk'))),
    line('silk off to the bare app', ['1.00'], (at) => toBare(at('off'))),
    line('the bare app to itself', ['1.00'], (at) => toBare(at('bare-again'))),
    line('cheapest of the others that record the SQL', ['more than silk'], cheapestPeer),
  ])
}

function toBare(row: ResultRow | undefined): string {
  return row ? spread(row.toBare) : ''
}

function cheapestPeer(at: (id: string) => ResultRow | undefined): string {
  const recording = CONFIGURATIONS.flatMap(({ id, peer }) => (peer ? [at(id)] : [])).filter(
    (row): row is ResultRow => (row?.recordedShare ?? 0) >= MOST_SQL,
  )
  const [cheapest] = recording.sort((a, b) => a.toBare.median - b.toBare.median)
  return cheapest ? `${labelOf(cheapest.configuration)} ${cheapest.toBare.median.toFixed(2)}` : ''
}

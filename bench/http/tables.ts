import { BARE, CONFIGURATIONS, configurationOf } from './configurations.js'
import type { Result, ResultRow } from './result.js'
import type { Spread } from './statistics.js'

export const APPS = { sqlite: 'SQLite', postgres: 'PostgreSQL' }

/** The ratios first, one line for each configuration and one column for each endpoint; then all else. */
export function tablesOf(result: Result): string {
  const apps = [...new Set(result.rows.map(({ app }) => app))]
  return [...apps.flatMap((app) => appTables(result, app)), footnote(result)].join('\n\n')
}

function appTables({ rows }: Result, app: ResultRow['app']): readonly string[] {
  const ofApp = rows.filter((row) => row.app === app)
  const counts = [...new Set(ofApp.map(({ queries }) => queries))]
  return [
    `**${APPS[app]}: CPU time per request, against the bare app in the same round**`,
    table(
      ['', ...counts.map(plural)],
      matrix(ofApp, counts, ({ toBare }) => spread(toBare)),
    ),
    ...emptyContextTable(ofApp, counts, app),
    ...counts.flatMap((queries) => detailTable(ofApp, queries, app)),
  ]
}

/** What is silk's own: the price of the context is left out. */
function emptyContextTable(rows: readonly ResultRow[], counts: readonly number[], app: ResultRow['app']): string[] {
  const ours = rows.filter(({ configuration }) => configuration === 'silk' || configuration === 'silk-all')
  if (!ours.some(({ toEmptyContext }) => toEmptyContext)) return []
  return [
    `**${APPS[app]}: the same against an app with an empty AsyncLocalStorage middleware**`,
    table(
      ['', ...counts.map(plural)],
      matrix(ours, counts, ({ toEmptyContext }) => (toEmptyContext ? spread(toEmptyContext) : '')),
    ),
  ]
}

function matrix(rows: readonly ResultRow[], counts: readonly number[], show: (row: ResultRow) => string): string[][] {
  return CONFIGURATIONS.filter(({ id }) => id !== BARE && rows.some(({ configuration }) => configuration === id)).map(
    ({ id, label }) => [
      label,
      ...counts.map((queries) => {
        const row = rows.find((one) => one.configuration === id && one.queries === queries)
        return row ? show(row) : ''
      }),
    ],
  )
}

function detailTable(rows: readonly ResultRow[], queries: number, app: ResultRow['app']): readonly string[] {
  const lines = rows
    .filter((row) => row.queries === queries)
    .map((row) => [
      configurationOf(row.configuration).label,
      microseconds(row.cpuUs),
      microseconds(row.idleCpuUs),
      String(Math.round(row.requestsPerSecond)),
      row.p50Ms.toFixed(1),
      row.p99Ms.toFixed(1),
      row.loopP99Ms.toFixed(1),
      row.loopMaxMs.toFixed(0),
      row.rssMb.toFixed(0),
      row.heapMb.toFixed(0),
      row.bytesPerRequest === null ? '' : String(Math.round(row.bytesPerRequest)),
      row.recordedShare === null ? '' : `${Math.floor(row.recordedShare * 100)} %`,
    ])
  return [
    `<details><summary>${APPS[app]}, ${plural(queries)}: all that was measured</summary>`,
    table(DETAILS, lines),
    '</details>',
  ]
}

const DETAILS = [
  '',
  'CPU µs',
  'later µs',
  'req/s',
  'p50 ms',
  'p99 ms',
  'loop p99 ms',
  'loop max ms',
  'RSS MB',
  'heap MB',
  'bytes stored',
  'SQL recorded',
]

function footnote({ node, cpu, cores, platform, plan, date, seconds }: Result): string {
  return (
    `Node ${node}, ${platform}, ${cores} cores of ${cpu.replace(/\s+/g, ' ').trim()}, ${date.slice(0, 10)}: ` +
    `${plan.starts} starts of ${plan.rounds} rounds, ${plan.concurrency} requests at once, ${Math.round(seconds / 60)} minutes.`
  )
}

export function spread({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
}

function microseconds(value: number): string {
  return value < 100 ? value.toFixed(1) : String(Math.round(value))
}

function plural(queries: number): string {
  return queries === 1 ? '1 query' : `${queries.toLocaleString('en')} queries`
}

/** Numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

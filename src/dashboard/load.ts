import { createTurn } from './turn.js'

/** The highlighter makes its matchers at their first use. */
const SQL = 'select `a`, \'b\', count(*) from "c" where d = ? and e in (1, 2) limit 5 -- f'
const CODE = "const rows = await knex<Row>('a').where({ id: 1 }).map((row) => row.d / 2) // e"

/** What takes time of its own to load, and the pages with what they share: one after the other. */
const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('valibot'),
  () => import('ejs'),
  () => import('./highlight.js'),
  async () => (await import('./highlight.js')).highlight(SQL, 'sql'),
  async () => (await import('./highlight.js')).highlight(CODE, 'typescript'),
  () => import('./display.js'),
  () => import('./page-query.js'),
  () => import('./charts/waterfall.js'),
  () => import('./pages/request-query.js'),
  () => import('./pages/request.js'),
  () => import('./pages/overview.js'),
  () => import('./pages/requests.js'),
  () => import('./pages/compare.js'),
  () => import('./pages/statement.js'),
  () => import('./pages/settings.js'),
]

/**
 * Loads the dashboard for the first page of a process in small pieces: all at once it would hold the app's event loop
 * for some forty milliseconds.
 */
export async function loadDashboard(): Promise<typeof import('./dashboard.js')> {
  const turn = createTurn()
  for (const part of PARTS) {
    await part()
    await turn()
  }
  return import('./dashboard.js')
}

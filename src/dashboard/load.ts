import { nextTurn } from './turn.js'

/** What takes time of its own to load, and the pages with what they share: one after the other. */
const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('valibot'),
  () => import('ejs'),
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
  () => import('./pages/finding.js'),
  () => import('./pages/findings.js'),
  () => import('./pages/health.js'),
  () => import('./pages/profiling.js'),
  () => import('./pages/profiling-span.js'),
  () => import('./access.js'),
  () => import('./live-tail.js'),
  () => import('./selection.js'),
]

/**
 * Loads the dashboard for the first page of a process in small pieces: all at once it would hold the app's event loop
 * for some forty milliseconds.
 */
export async function loadDashboard(): Promise<typeof import('./dashboard.js')> {
  for (const part of PARTS) {
    await part()
    await nextTurn()
  }
  return import('./dashboard.js')
}

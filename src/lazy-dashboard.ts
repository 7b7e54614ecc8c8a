import { readFileSync } from 'node:fs'
import type { Express } from 'express'
import type { Report } from './capture/report.js'
import { liveDialect } from './capture/sources/knex-session.js'
import type { CpuProfiling } from './model/cpu-profiling.js'
import type { SqlConnections } from './model/explain.js'
import type { ProcessHealth } from './model/health.js'
import type { Store } from './model/store.js'
import { describeSettings, type ResolvedOptions } from './options.js'
import { openScratch } from './store/scratch.js'

/** Loaded at the first look at it: an app that nobody inspects pays for no templates and no highlighter. */
export type Dashboard = () => Promise<Express>

export interface DashboardParts {
  readonly projectRoot: string
  /** Lets a page show what has just happened. */
  readonly beforeRead: () => Promise<void>
  readonly report: Report
  readonly connections: SqlConnections
  readonly health: () => ProcessHealth
  readonly reasonNotKept: (id: string) => string | null
  /** `null`: nothing is ever profiled. */
  readonly cpuProfiling: CpuProfiling | null
  readonly remove: Store['writer']['remove']
  /** Aborted when the profiler closes. */
  readonly signal: AbortSignal
}

export function lazyDashboard(options: ResolvedOptions, store: Store, parts: DashboardParts): Dashboard {
  let loading: Promise<Express> | null = null

  async function load(): Promise<Express> {
    const { loadDashboard } = await import('./dashboard/load.js')
    const { nextTurn } = await import('./dashboard/turn.js')
    const { createDashboard } = await loadDashboard()
    const { createStatementInspector } = await import('./statement-inspector.js')
    const { connections, report } = parts
    await nextTurn()
    const dashboard = createDashboard({
      reader: store.reader,
      highlight: store.highlight,
      writer: { ...store.writer, remove: parts.remove },
      inspector: createStatementInspector({
        ...{ connections, openScratch, reader: store.reader, writer: store.writer, detection: options.detect },
        onError: (error) => report(error, 'looking at an index'),
      }),
      dialectOf: liveDialect,
      editor: options.editor,
      beforeRead: parts.beforeRead,
      signal: parts.signal,
      access: { authorize: options.authorize, allowFrom: options.allowFrom, production: options.production },
      projectRoot: parts.projectRoot,
      version: packageVersion(),
      settings: describeSettings(options),
      ownSession: options.session,
      health: parts.health,
      reasonNotKept: parts.reasonNotKept,
      cpuProfiling: parts.cpuProfiling,
      onError: (error) => report(error, 'showing the dashboard'),
    })
    await nextTurn()
    return dashboard
  }

  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = null
      throw error
    })
    return loading
  }
}

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}

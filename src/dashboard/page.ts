import type { CpuProfiling } from '../model/cpu-profiling.js'
import type { SqlDialect, StatementInspector } from '../model/explain.js'
import type { ProcessHealth } from '../model/health.js'
import type { RecordingReader } from '../model/store.js'
import type { StoreStatus } from '../model/store-status.js'
import type { EditorLinks } from './editor-links.js'
import type { Highlighter } from './highlight.js'
import type { SnippetReader } from './source-snippet.js'
import type { Visitor } from './visitor.js'

export type Section =
  | 'overview'
  | 'requests'
  | 'statements'
  | 'findings'
  | 'profiling'
  | 'compare'
  | 'health'
  | 'settings'

/** A setting that is in force, and where it came from. */
export interface SettingInForce {
  readonly name: string
  readonly value: string
  readonly origin: 'environment' | 'code' | 'default'
}

/** What a page may look at. */
export interface PageContext {
  /** Path under which the dashboard is reached: `/silk`, or `/api/silk` below a base path. */
  readonly base: string
  /** Scheme and host as the browser knows them, and the base path of the app: `http://localhost:3000`. */
  readonly appUrl: string
  readonly now: number
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: URLSearchParams
  readonly reader: RecordingReader
  readonly source: SnippetReader
  readonly editor: EditorLinks
  readonly highlight: Highlighter
  /** What a connection of the app talks, by its recorded name; `null`: not known. */
  readonly dialectOf: (connection: string) => SqlDialect | null
  /** Whether the JSON twin of the page was asked for. */
  readonly wantsJson: boolean
  /** `null`: no database can be asked from here. */
  readonly inspector: StatementInspector | null
  readonly status: StoreStatus
  /** The label that this process has by environment or code; `null`: that of the store. */
  readonly ownSession: string | null
  readonly processHealth: () => ProcessHealth
  /** `null`: nothing can be profiled from here. */
  readonly cpuProfiling: CpuProfiling | null
  /** Absolute path that files are relative to. */
  readonly projectRoot: string
  /** Why a recording was not kept, as far as this process knows. */
  readonly reasonNotKept: (id: string) => string | null
  /** Of the page itself, from the mount path on. */
  readonly address: { readonly path: string; readonly search: string }
  readonly settings: readonly SettingInForce[]
  readonly version: string
  readonly csrfToken: () => string
  readonly visitor: Visitor
}

/** One reading of the store, told twice: as JSON, and as the model of an EJS view. */
export interface Page {
  readonly title: string
  readonly section: Section
  /** File in `views/`, without its extension. */
  readonly view: string
  /** Where the JSON twin is, from the mount path on, if not at the page's own address; `null`: there is none. */
  readonly twin?: string | null
  /** Bytes are JSON already, in UTF-8. */
  readonly json: () => unknown
  readonly model: () => object | Promise<object>
}

/** @param fields of the form that asked for the page */
export type PageHandler = (context: PageContext, fields: Readonly<Record<string, unknown>>) => Promise<Page>

import type { CpuProfiling } from '../model/cpu-profiling.js'
import type { SqlDialect, StatementInspector } from '../model/explain.js'
import type { ProcessHealth } from '../model/health.js'
import type { Highlight } from '../model/highlighting.js'
import type { RecordingReader, RecordingWriter } from '../model/store.js'
import type { AccessRules } from './access.js'
import type { SettingInForce } from './page.js'

export interface DashboardOptions {
  readonly reader: RecordingReader
  /** Colours code; without it, code has none. */
  readonly highlight?: Highlight
  readonly writer: Pick<
    RecordingWriter,
    'clear' | 'flush' | 'remove' | 'setFindingState' | 'setPaused' | 'setPinned' | 'setTags' | 'startSession'
  >
  /** Asks the app's databases about a statement, when someone looks at it; without it, that is not offered. */
  readonly inspector?: StatementInspector
  /** What a connection of the app talks; without it, that is guessed from its name. */
  readonly dialectOf?: (connection: string) => SqlDialect | null
  /** A URL with `{file}`, `{line}` and `{column}`, which opens a file in an editor; without it, no such links. */
  readonly editor?: string | null
  /** Writes what is queued, so that a page shows what has just happened. A page waits for it one second at most. */
  readonly beforeRead?: () => Promise<void>
  /** Ends what stays open: pages that show requests live. */
  readonly signal?: AbortSignal
  readonly access: AccessRules
  /** Absolute path that call sites are relative to; source lines are read below it alone. */
  readonly projectRoot: string
  readonly version: string
  /** The label that this process has by environment or code; `null`: that of the store. Default: `null`. */
  readonly ownSession?: string | null
  /** What the process knows of itself. Default: nothing but its number. */
  readonly health?: () => ProcessHealth
  /** Why a recording was not kept; `null`: it is not known. Default: it never is. */
  readonly reasonNotKept?: (id: string) => string | null
  /** What pages may ask the process to profile; `null`: nothing. Default: nothing. */
  readonly cpuProfiling?: CpuProfiling | null
  /** What the settings page shows. */
  readonly settings: readonly SettingInForce[]
  /** Hears of every fault of the dashboard's own, and of an `authorize` that throws. Must not throw. */
  readonly onError: (error: unknown) => void
}

import type { Request } from 'express'
import type { ContextKind } from './capture/context.js'
import type { NewFinding } from './model/new-finding.js'
import type { BodiesOptions, RedactOptions } from './options-bodies.js'
import type { ChoosingOptions } from './options-choosing.js'
import type { CpuProfileOptions } from './options-cpu-profile.js'
import type { DetectOptions } from './options-detect-given.js'
import type { EditorName } from './options-editor.js'
import type { NotedOptions } from './options-noted.js'
import type { RetentionOptions } from './options-retention.js'
import type { SpanOptionsGiven } from './options-spans.js'

/** What silk needs to know a knex instance by: `knex({…})`, also of another version or copy. */
export interface KnexLike {
  readonly client: unknown
}

/** A SQLite file, said the way knex says it. */
interface StoreConnection {
  readonly client: 'better-sqlite3'
  readonly connection: { readonly filename: string }
}

/**
 * All that can be set. Every option may be left out; `undefined` means not given. The object is read once and never
 * changed. Environment variables win over options, options over defaults; an empty variable is unset.
 *
 * A wrong type, a value out of range or an unknown name is a `SilkOptionError`. When silk is off in production nothing
 * is checked, since then nothing of silk may stop the app; off elsewhere, options are checked and variables are not.
 *
 * @example app.use(silk({ store: '/tmp/shop.db', ignore: ['/healthz'], retention: { count: 50_000 } }))
 */
export interface SilkOptions extends ChoosingOptions, SpanOptionsGiven, NotedOptions {
  /**
   * Whether silk does anything. `SILK_ENABLED` (`1`, `true`, `on`, `yes` or `0`, `false`, `off`, `no`) wins over it.
   *
   * @default true, unless NODE_ENV is production
   * @example silk({ enabled: process.env.STAGE === 'staging' })
   */
  readonly enabled?: boolean | undefined
  /**
   * Where the dashboard is, below the place where silk is used. `SILK_PATH` wins over it.
   *
   * @default '/silk'
   * @example silk({ path: '/_profiler' })
   */
  readonly path?: string | undefined
  /**
   * The SQLite file that keeps the recordings: a path, relative to `process.cwd()`; the same said as a knex connection;
   * or `':memory:'`, a temporary file that goes with the process. `SILK_STORE` (a path or `:memory:`) wins over it.
   *
   * @default '.silk/silk.db'
   * @example silk({ store: { client: 'better-sqlite3', connection: { filename: '/var/tmp/silk.db' } } })
   */
  readonly store?: string | StoreConnection | undefined
  /**
   * knex instances that silk cannot find by itself: bundled into the app, or loaded by a test runner's own registry.
   *
   * @default none: instances of every copy of knex in the process are found
   * @example silk({ knex: [orders, reports] })
   */
  readonly knex?: KnexLike | readonly KnexLike[] | undefined
  /**
   * What carries the current request through asynchronous code. `'cls-hooked'` is for apps that already live on that
   * package; it costs a request several times what the default does. `SILK_CONTEXT` wins over it.
   *
   * @default 'async-local-storage'
   * @example silk({ context: 'cls-hooked' })
   */
  readonly context?: ContextKind | undefined
  /**
   * A label that all recordings of this process carry, so that those before and after a change can be compared: 1 to 80
   * characters. `SILK_SESSION` wins over it; both win over the session that is started in the dashboard, which is for
   * all processes that have no label of their own.
   *
   * @default the session that the dashboard's page started, else none
   * @example silk({ session: 'before the index' })
   */
  readonly session?: string | undefined
  /**
   * Who may open the dashboard. Without it only this machine may (and `allowFrom`), and in production nobody.
   *
   * @default not set
   * @example silk({ authorize: (req) => req.user?.isStaff === true })
   */
  // biome-ignore lint/suspicious/noExplicitAny: apps extend Express's Request (`req.user`, `req.session`) each their own way
  readonly authorize?: ((req: Request<any, any, any, any>) => boolean | Promise<boolean>) | undefined
  /**
   * Addresses and CIDR ranges beyond this machine that may open the dashboard, compared with the socket's address.
   *
   * @default []
   * @example silk({ allowFrom: ['10.0.0.0/8', 'fd00::/8', '192.168.1.20'] })
   */
  readonly allowFrom?: readonly string[] | undefined
  /** What is kept: each bound holds. Deleted are recordings; the sums of routes, statements and findings stay. */
  readonly retention?: RetentionOptions | undefined
  /**
   * What is kept of the bodies of requests and responses: text and JSON, masked, up to `maxBytes` of each (0 to
   * 16,777,216). Longer ones are cut and say so; of others the size and the type. `false`: nothing.
   *
   * @default { maxBytes: 65_536 }
   * @example silk({ bodies: { maxBytes: 16_384 } })
   */
  readonly bodies?: BodiesOptions | false | undefined
  /**
   * Which recorded requests and jobs have a CPU profile, and what it may cost. Without it only the pages ask for one;
   * `false`: nobody does.
   */
  readonly cpuProfile?: CpuProfileOptions | false | undefined
  /** What is masked before it is stored. */
  readonly redact?: RedactOptions | undefined
  /** What is added to the answers that are recorded; nothing else of them is ever changed. */
  readonly headers?:
    | {
        /**
         * `x-silk-id`: the id of the recording.
         *
         * @default true
         * @example silk({ headers: { id: false } })
         */
        readonly id?: boolean | undefined
        /**
         * `link: </silk/requests/…>; rel="silk"`: the recording's page.
         *
         * @default true
         * @example silk({ headers: { link: false } })
         */
        readonly link?: boolean | undefined
        /**
         * `server-timing`: milliseconds in all, in SQL with the number of queries, and waiting for a connection, as far
         * as they are known when the headers are sent. Browsers show it in their network panel.
         *
         * @default true, unless NODE_ENV is production
         * @example silk({ headers: { serverTiming: false } })
         */
        readonly serverTiming?: boolean | undefined
      }
    | undefined
  /**
   * Told of each finding that the store has never had, when its first recording is stored. `false`: nobody is. Never
   * called for what is found later in history; what it throws is ignored.
   *
   * @default one line on the standard error with a link to the finding's page, ten in a minute at most; in production
   *   nobody is told
   * @example silk({ onFinding: ({ kind, message, url }) => logger.info({ kind, url }, message) })
   * @example silk({ onFinding: false })
   */
  readonly onFinding?: ((finding: NewFinding) => void) | false | undefined
  /** When something is a finding. */
  readonly detect?: DetectOptions | undefined
  /**
   * The editor that a call site is opened in from the dashboard: one that is known by name, or a URL with `{file}`
   * (absolute), `{line}` and `{column}` in it. `false`: no such links.
   *
   * @default 'vscode'
   * @example silk({ editor: 'jetbrains' })
   * @example silk({ editor: 'txmt://open?url=file://{file}&line={line}' })
   */
  readonly editor?: EditorName | (string & {}) | false | undefined
  /**
   * Told of silk's own trouble (a full disk, a locked file). Never called with errors of the app; what one of
   * the functions among these options threw is the `cause`. What it throws itself is ignored.
   *
   * @default one process warning for each cause
   * @example silk({ onError: (error) => logger.warn({ error }, 'silk') })
   */
  readonly onError?: ((error: Error) => void) | undefined
}

import type { Request } from 'express'
import type { ContextKind } from './capture/context.js'
import type { DetectOptions } from './options-detect-given.js'
import type { EditorName } from './options-editor.js'

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
export interface SilkOptions {
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
  /**
   * Paths that are not recorded: a string matches the path and everything below it, a RegExp is tested on the path.
   *
   * @default []
   * @example silk({ ignore: ['/healthz', '/assets', /\.(js|css)$/] })
   */
  readonly ignore?: readonly (string | RegExp)[] | undefined
  /** What is kept. */
  readonly retention?:
    | {
        /**
         * Recordings kept; the oldest go first. An integer of at least 1.
         *
         * @default 10_000
         * @example silk({ retention: { count: 100_000 } })
         */
        readonly count?: number | undefined
      }
    | undefined
  /** What is masked before it is stored. */
  readonly redact?:
    | {
        /**
         * Names of headers, cookies, query parameters and columns whose values are masked, beyond the built-in ones
         * (`password`, `token`, `authorization` …). They match in any case as words of a name: `tax id` matches
         * `tax_id`, `taxId` and `customer-tax-id`.
         *
         * @default []
         * @example silk({ redact: { names: ['iban', 'tax id'] } })
         */
        readonly names?: readonly string[] | undefined
      }
    | undefined
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
   * Told of silk's own trouble (a full disk, a locked file). Never called with errors of the app; what it throws is
   * ignored.
   *
   * @default one process warning for each cause
   * @example silk({ onError: (error) => logger.warn({ error }, 'silk') })
   */
  readonly onError?: ((error: Error) => void) | undefined
}

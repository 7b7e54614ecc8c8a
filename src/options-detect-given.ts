import type { FindingKind } from './model/finding.js'

/** Statements that are no finding: a part of the statement's fingerprint, a RegExp of it, or either for one kind only. */
export type IgnoreOption =
  | string
  | RegExp
  | { readonly kind?: FindingKind | undefined; readonly statement: string | RegExp }

/** Each detector's numbers; `false` switches it off. What is not given is the default. */
export interface DetectorOptions {
  readonly nPlusOne?:
    | false
    | {
        /**
         * Queries of one statement from one line, with different values, that make an N+1. An integer of at least 2.
         *
         * @default 5
         * @example silk({ detect: { nPlusOne: { threshold: 10 } } })
         */
        readonly threshold?: number | undefined
      }
    | undefined
  readonly duplicateQuery?:
    | false
    | {
        /**
         * Executions of one statement with the same values that make a duplicate. An integer of at least 2.
         *
         * @default 2
         * @example silk({ detect: { duplicateQuery: { threshold: 3 } } })
         */
        readonly threshold?: number | undefined
      }
    | undefined
  readonly writeLoop?:
    | false
    | {
        /**
         * Writes of one row each from one line that make a write loop. An integer of at least 2.
         *
         * @default 5
         * @example silk({ detect: { writeLoop: { threshold: 20 } } })
         */
        readonly threshold?: number | undefined
      }
    | undefined
  readonly sequentialQueries?:
    | false
    | {
        /**
         * Milliseconds that independent reads must save when they are sent at once.
         *
         * @default 20
         * @example silk({ detect: { sequentialQueries: { ms: 50 } } })
         */
        readonly ms?: number | undefined
      }
    | undefined
  readonly slowQuery?:
    | false
    | {
        /**
         * Milliseconds above which a query is slow.
         *
         * @default 100
         * @example silk({ detect: { slowQuery: { ms: 250 } } })
         */
        readonly ms?: number | undefined
      }
    | undefined
  readonly missingIndex?:
    | false
    | {
        /**
         * Rows above which a table needs an index for what it is searched by.
         *
         * @default 1_000
         * @example silk({ detect: { missingIndex: { rows: 10_000 } } })
         */
        readonly rows?: number | undefined
      }
    | undefined
  readonly unboundedResult?:
    | false
    | {
        /**
         * Rows above which a statement without a limit is unbounded. An integer of at least 1.
         *
         * @default 500
         * @example silk({ detect: { unboundedResult: { rows: 5_000 } } })
         */
        readonly rows?: number | undefined
      }
    | undefined
  readonly overFetch?:
    | false
    | {
        /**
         * Bytes read from which on an answer of under a tenth of them is over-fetched. An integer of at least 1.
         *
         * @default 100_000
         * @example silk({ detect: { overFetch: { bytes: 1_000_000 } } })
         */
        readonly bytes?: number | undefined
        /**
         * Rows above which reading them only for their number is over-fetching. An integer of at least 1.
         *
         * @default 100
         * @example silk({ detect: { overFetch: { rows: 1_000 } } })
         */
        readonly rows?: number | undefined
      }
    | undefined
  readonly repeatedAcrossRequests?:
    | false
    | {
        /**
         * Recordings of a route from which on it is looked for what they all ask. An integer of at least 2.
         *
         * @default 20
         * @example silk({ detect: { repeatedAcrossRequests: { recordings: 100 } } })
         */
        readonly recordings?: number | undefined
        /**
         * The share of these recordings, 0 to 1, above which the same query is worth caching.
         *
         * @default 0.8
         * @example silk({ detect: { repeatedAcrossRequests: { share: 0.95 } } })
         */
        readonly share?: number | undefined
      }
    | undefined
  readonly poolWait?:
    | false
    | {
        /**
         * Milliseconds above which a query's wait for a connection is a finding.
         *
         * @default 40
         * @example silk({ detect: { poolWait: { ms: 100 } } })
         */
        readonly ms?: number | undefined
      }
    | undefined
  readonly longTransaction?:
    | false
    | {
        /**
         * Milliseconds above which a transaction may not hold its connection without using it.
         *
         * @default 100
         * @example silk({ detect: { longTransaction: { ms: 500 } } })
         */
        readonly ms?: number | undefined
      }
    | undefined
  readonly queryBudget?:
    | false
    | {
        /**
         * Queries that a request may send, without BEGIN and COMMIT.
         *
         * @default unlimited
         * @example silk({ detect: { routes: { 'GET /collections': { queryBudget: { queries: 5 } } } } })
         */
        readonly queries?: number | undefined
        /**
         * Milliseconds of SQL that a request may take, all its queries together.
         *
         * @default unlimited
         * @example silk({ detect: { queryBudget: { sqlMs: 200 } } })
         */
        readonly sqlMs?: number | undefined
      }
    | undefined
  readonly lateQuery?:
    | false
    | {
        /**
         * Milliseconds after the response that a query may end without being late.
         *
         * @default 0
         * @example silk({ detect: { lateQuery: { ms: 50 } } })
         */
        readonly ms?: number | undefined
      }
    | undefined
}

/** What is detected, and from which number on. */
export interface DetectOptions extends DetectorOptions {
  /**
   * Options for single routes, by method and pattern; what they leave open is as for all routes.
   *
   * @default {}
   * @example silk({ detect: { routes: { 'GET /export': { unboundedResult: false, slowQuery: { ms: 2_000 } } } } })
   */
  readonly routes?: Readonly<Record<string, DetectorOptions>> | undefined
  /**
   * Statements that are no finding: a part of the statement as the dashboard shows it, a RegExp tested on it, or either
   * together with the kind that it is none of.
   *
   * @default []
   * @example silk({ detect: { ignore: ['from audit_log', { kind: 'duplicate-query', statement: /^select \* from settings/ }] } })
   */
  readonly ignore?: readonly IgnoreOption[] | undefined
}

import { createHash } from 'node:crypto'
import type { NextFunction, Request, Response, Router } from 'express'
import type { Knex } from 'knex'
import type { FindingKind } from '../../src/model/finding.js'
import type { EngineName } from './library.js'
import type { LibraryName } from './library-tables.js'

/** A label may name any kind, also one that no single recording can show. */
export { FINDING_KINDS as LABEL_KINDS, type FindingKind as LabelKind } from '../../src/model/finding.js'

export interface ExpectedFinding {
  readonly kind: FindingKind
  /**
   * A distinctive part of the fingerprint's text (lower case, without quotes, values as `?`), the same on each engine.
   * Several: a loop that sends several statements per item is one finding, which names them all.
   */
  readonly statement: string | readonly string[]
  /**
   * How many queries it is about, those of all its statements together. Of a duplicate: all executions, the first one
   * too. Of a kind that is about one query: 1.
   */
  readonly count: number
  /**
   * The line to blame is the one that ends in `// hit: <at>`, in any file below test/corpus: where the builder is made
   * (`db(…)`, `db.raw(…)`), in the innermost of the app’s own functions. By default the case's
   * name. With several statements: that of the first one in the loop.
   */
  readonly at?: string
}

/**
 * A route as people write it, and all that silk should say about a request to it: no more and no less. The label is
 * written from what the code does, before any detector is asked, and never bent to what one says.
 *
 * Thresholds in milliseconds: the databases here answer in microseconds, so a kind that is about time is only labelled
 * where the case makes the database slow on purpose. Two reads one after the other, fast ones, are nothing.
 */
export interface CorpusCase {
  /** Kebab case; unique in the corpus. Decides whether the case is set aside: never rename one to move it. */
  readonly name: string
  /** Why it is a hit or a near-miss, where the code doesn't say. */
  readonly why?: string
  /** `GET`, an empty query and no body unless told. */
  readonly request?: {
    readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
    /** The route's pattern below the case's own address, with what is asked there: `/:id` and `/7?deep=1`. */
    readonly route?: string
    readonly url?: string
    readonly body?: unknown
  }
  /** The route's handler; or `mount`, for middleware and routers. */
  readonly handler?: (db: Knex, req: Request, res: Response, next: NextFunction) => unknown
  readonly mount?: (db: Knex, router: Router) => void
  /** Tables and rows beyond the shared ones, made before each request and not recorded. */
  readonly tables?: (db: Knex) => Promise<unknown>
  /** Undoes `tables` for what isn't a row of a shared table. */
  readonly dropTables?: (db: Knex) => Promise<unknown>
  /** Where it makes sense; both unless told. */
  readonly engines?: readonly EngineName[]
  /** How long its queries go on after the response, milliseconds. */
  readonly lateMs?: number
  /**
   * What the app allows a request to the route, as its options say it (`detect.routes`): queries without BEGIN and
   * COMMIT, and the sum of their time. Unlimited unless told.
   */
  readonly budget?: { readonly queries?: number; readonly sqlMs?: number }
  readonly findings: readonly ExpectedFinding[]
  /** Set on variants: of two, the database with other names of tables and columns. */
  readonly library?: LibraryName
  /** Set on variants: how many requests are sent at the same time, of which one is judged. */
  readonly requestsAtOnce?: number
}

/**
 * A third of the cases is set aside: looked at for final figures only, never while a detector is tuned. Which ones,
 * the hash of their name says. A variant (`parent.transformation`) is set aside exactly when its parent is.
 */
export function isAside(name: string): boolean {
  return createHash('sha256').update(parentName(name)).digest().readUInt32BE(0) % 3 === 0
}

/** Of a variant, the hand-written case; of that, itself. */
export function parentName(name: string): string {
  return name.split('.', 1)[0] as string
}

export function isVariant({ name }: CorpusCase): boolean {
  return parentName(name) !== name
}

export function isNearMiss(corpusCase: CorpusCase): boolean {
  return corpusCase.findings.length === 0
}

export function statementsOf({ statement }: ExpectedFinding): readonly string[] {
  return typeof statement === 'string' ? [statement] : statement
}

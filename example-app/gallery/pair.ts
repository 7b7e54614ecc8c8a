import type { Knex } from 'knex'

/** An optimisation: two ways to one answer, and what silk says about the slow one. It says nothing about the fast one. */
export interface Pair {
  /** In the addresses: `/gallery/<name>/slow` and `/gallery/<name>/fast`. */
  readonly name: string
  readonly title: string
  /** One line: what the slow one does, and what the fast one does instead. */
  readonly lesson: string
  /** The kind of silk's finding. The file's line that it names ends in a comment with this kind. */
  readonly finding: string
  /** What you have to do before silk can tell, if one request is not enough: “… once you <this>”. */
  readonly toSeeIt?: string
  /** Routes that write are asked by POST. */
  readonly method: 'get' | 'post'
  /** Missing: it makes its point on each database. */
  readonly needs?: 'PostgreSQL'
  readonly slow: (db: Knex) => Promise<unknown>
  readonly fast: (db: Knex) => Promise<unknown>
}

/** Whether a pair makes its point on this database. */
export function runsOn(db: Knex, { needs }: Pair): boolean {
  return needs === undefined || db.client.config.client === 'pg'
}

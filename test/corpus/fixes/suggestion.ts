import type { Occurrence } from '../../../src/model/finding.js'
import type { SentQuery } from '../query-time-sites.js'
import type { CaseRun } from '../record.js'
import type { FixCode } from './fix-code.js'
import { comparedValue, insertedRow } from './sent-values.js'

/** A suggestion, with the queries that it is to replace. */
export interface Suggestion {
  readonly run: CaseRun
  readonly occurrence: Occurrence
  readonly code: FixCode
  readonly queries: readonly SentQuery[]
  /** Writes that came before. */
  readonly writesBefore: readonly SentQuery[]
}

/** Says why code is not run. */
export class NotRun extends Error {}

/** What suggested code has its connection as. */
export const KNEX: readonly string[] = ['knex', 'trx']

/** What the app would pass, from what it passed. */
export function givenTo({ code, queries, run, occurrence }: Suggestion): ReadonlyMap<string, unknown> {
  const given = new Map<string, unknown>()
  const statements = statementQueries({ queries, run, occurrence })
  for (const [at, [name, column]] of [...code.passed].entries()) {
    const values = (statements[at] ?? []).map((query) => comparedValue(query, column))
    if (values.length === 0 || values.includes(undefined))
      throw new NotRun(`no value of ${column} is seen in its queries`)
    given.set(name, name.startsWith('values') ? values : values[0])
  }
  addConstants(given, code.constants, statements)
  for (const name of code.needs.filter((need) => !given.has(need) && !KNEX.includes(need))) {
    if (name !== 'rows') throw new NotRun(`it takes \`${name}\`, of which only the app knows what it is`)
    const rows = queries.map(insertedRow)
    if (rows.includes(null)) throw new NotRun('the rows of its inserts are not seen')
    given.set(name, rows)
  }
  return given
}

/** What is the same in each turn: of the statement that its name ends with, where there are several. */
function addConstants(given: Map<string, unknown>, constants: FixCode['constants'], statements: SentQuery[][]): void {
  for (const [name, column] of constants) {
    const of = statements.find((same) => same.some((query) => name.endsWith(tableName(query)))) ?? statements.flat()
    const [value] = of.map((query) => comparedValue(query, column)).filter((one) => one !== undefined)
    if (value === undefined) throw new NotRun(`no value of ${column} is seen in its queries`)
    given.set(name, value)
  }
}

/** As the code names what belongs to a table: `Books`; nothing where it needs no such names. */
function tableName({ sql }: SentQuery): string {
  const table = /\bfrom ["`]?(\w+)/i.exec(sql)?.[1] ?? ''
  return `Of${table.replace(/(?:^|_+)(.)/g, (_, letter: string) => letter.toUpperCase())}`
}

/** The queries of each statement, in the order of the finding's statements. */
export function statementQueries({
  queries,
  run,
  occurrence,
}: Pick<Suggestion, 'queries' | 'run' | 'occurrence'>): SentQuery[][] {
  return occurrence.fingerprints.map((fingerprint) =>
    queries.filter((_, at) => run.recording.queries[occurrence.queryIndexes[at] ?? -1]?.fingerprint === fingerprint),
  )
}

import type { Detector, Fix } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { listingOf } from '../../sql/listing.js'
import { mainTable } from '../../sql/lookup.js'
import { hasRowBound } from '../../sql/row-bound.js'
import { areWritable, orderByCode, quote, selectCode } from '../knex-code.js'
import { type AtPlace, type PlaceStory, placeOccurrences } from '../place-occurrence.js'
import type { SettingsOf } from '../settings.js'
import { isStreamed } from '../streamed.js'
import { rowsText, someText } from '../wording.js'

/** Rows for each element of a list that are still few: the list is then what bounds the result. */
const FEW_PER_ELEMENT = 50

/**
 * A read that returned more than `rows` rows and says nothing about how many more they may become: no LIMIT, FETCH
 * FIRST or TOP, neither its own nor that of a subquery which it reads from.
 *
 * What is bounded otherwise: rows of a list of keys (`whereIn` with 50 ids and 20 rows for each: the list is somebody's
 * page), what a write returns, and rows that were streamed.
 */
export function unboundedResult({ rows }: SettingsOf<'unboundedResult'>): Detector {
  return (recording) => {
    const isUnlimited = rememberUnlimited()
    const unbounded = recording.queries.filter(
      (query) =>
        query.operation === 'select' &&
        query.rowCount !== null &&
        query.rowCount > rows &&
        !isStreamed(query) &&
        isUnlimited(query) &&
        !isAskedForByList(query, query.rowCount),
    )
    return placeOccurrences(recording, unbounded, (queries) => storyOf(recording, queries))
  }
}

/** Reads each statement once, however often it was sent. */
function rememberUnlimited(): (query: RecordedQuery) => boolean {
  const known = new Map<string, boolean>()
  return ({ fingerprint, fingerprintText }) => {
    const isUnlimited = known.get(fingerprint) ?? !hasRowBound(fingerprintText)
    known.set(fingerprint, isUnlimited)
    return isUnlimited
  }
}

/** A list sent as a single value (`= any(?)`) has a length that is not known: it may be what bounds the result. */
function isAskedForByList({ statement, fingerprintText }: RecordedQuery, rowCount: number): boolean {
  if (/= any\s*\(\?\)/.test(fingerprintText)) return true
  if (!/(?<!not )in \(\?\+\)|= any\s*\(array\[\?\+\]\)/.test(fingerprintText)) return false
  // All that the fingerprint leaves out of a statement are the elements of its lists.
  const elementCount = commasIn(statement) - commasIn(fingerprintText) + 1
  return rowCount <= elementCount * FEW_PER_ELEMENT
}

function commasIn(text: string): number {
  let count = 0
  for (let at = text.indexOf(','); at !== -1; at = text.indexOf(',', at + 1)) count++
  return count
}

function storyOf(recording: Recording, queries: AtPlace): PlaceStory {
  const [{ fingerprintText }] = queries
  const most = Math.max(...queries.map(({ rowCount }) => rowCount ?? 0))
  const table = mainTable(fingerprintText)
  const of = table === null ? '' : ` of \`${table}\``
  const returned = queries.length === 1 ? rowsText(most) : `up to ${rowsText(most)}`
  return {
    kind: 'unbounded-result',
    message: `${someText(queries.length, recording)} returned ${returned}${of}, without a limit`,
    savingBasis: 'not known: it depends on how many rows are needed; their number grows with the data',
    fix: pagingFix(queries[0]),
  }
}

function pagingFix({ fingerprintText, transactionId }: RecordedQuery): Fix {
  return {
    summary:
      'Return a page at a time: `orderBy` a unique column, a `limit(…)`, and for the next page `where` beyond the last ' +
      'row of this one. If all rows are needed, read them as a stream.',
    code: pageCode(fingerprintText, transactionId === null ? 'knex' : 'trx'),
  }
}

/** The same query for the first 100; `null`: it has no order yet, or is more than a plain list. */
function pageCode(text: string, knex: string): string | null {
  const listing = listingOf(text)
  if (listing === null) return null
  const { table, columns, column, orderBy } = listing
  const filter = column === null ? [] : [column]
  const names = [...table.split('.'), ...filter, ...(columns === '*' ? [] : columns), ...orderBy.map((by) => by.column)]
  if (!areWritable(names)) return null
  const where = column === null ? '' : `.where(${quote(column)}, value)`
  return [
    ...filter.map((name) => `// value: what the query passes for ${name}.`),
    `const page = await ${knex}(${quote(table)})`,
    ...[selectCode(columns), where, orderByCode(orderBy), '.limit(100)']
      .filter((call) => call !== '')
      .map((call) => `  ${call}`),
  ].join('\n')
}

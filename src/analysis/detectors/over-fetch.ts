import type { Detector, Fix, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import type { Steps } from '../../model/steps.js'
import { type AtPlace, occurrencesAt, type PlaceStory, placeOccurrences } from '../place-occurrence.js'
import { groupByPlace, type Repeats } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { bytesText, rowsText, someText } from '../wording.js'

/** An answer of a smaller share of what was read is over-fetched. */
const SENT_SHARE = 0.1

/**
 * Rows that were read and not sent. Either `bytes` and more from one call site, for an answer of under a tenth of them;
 * or more than `rows` rows of which the answer has the number and nothing else.
 *
 * Only of successful answers whose size is known, and where nothing was written: what a request reads in order to write
 * it elsewhere is used. Streamed rows have no known size.
 */
export function overFetch({ bytes, rows }: SettingsOf<'overFetch'>): Detector {
  return (recording) => {
    // Most requests read too little in all for any line of theirs to be looked at.
    const mayBeLarge = isTooMuch(recording, recording.queries, bytes)
    if (!mayBeLarge && (recording.response?.onlyNumber ?? 0) <= rows) return []
    return readForNothing(recording, { bytes, rows, mayBeLarge })
  }
}

interface Looking {
  readonly bytes: number
  readonly rows: number
  /** All results together are. */
  readonly mayBeLarge: boolean
}

function* readForNothing(recording: Recording, { bytes, rows, mayBeLarge }: Looking): Steps<readonly Occurrence[]> {
  yield
  if (!isAnswered(recording) || recording.queries.some(isWrite)) return []
  const reads = recording.queries.filter(({ operation, error, late }) => {
    return operation === 'select' && error === null && !late
  })
  const counted = countedBy(recording, reads, rows)
  yield
  const others = reads.filter((query) => query !== counted)
  const places = mayBeLarge ? yield* groupByPlace(others) : []
  const large = places.filter((group) => isTooMuch(recording, group, bytes))
  yield
  return [
    ...placeOccurrences(recording, counted === null ? [] : [counted], () => countStory(recording, counted)),
    ...occurrencesAt(recording, large, (queries) => sizeStory(recording, queries)),
  ]
}

function isAnswered({ request, response }: Recording): boolean {
  if (request === null || request.method === 'HEAD' || response === null || response.aborted) return false
  return response.status !== null && response.status >= 200 && response.status < 300 && response.status !== 204
}

function isWrite({ operation }: RecordedQuery): boolean {
  return operation === 'insert' || operation === 'update' || operation === 'delete'
}

/** The read whose number of rows is the answer. */
function countedBy({ response }: Recording, reads: Repeats, rows: number): RecordedQuery | null {
  const number = response?.onlyNumber ?? null
  if (number === null || number <= rows) return null
  return reads.find(({ rowCount }) => rowCount === number) ?? null
}

function isTooMuch({ response }: Recording, group: Repeats, bytes: number): boolean {
  const sentBytes = response?.bodyBytes ?? null
  if (sentBytes === null) return false
  const readBytes = bytesOf(group)
  return readBytes > bytes && sentBytes < readBytes * SENT_SHARE
}

function bytesOf(group: Repeats): number {
  let sum = 0
  for (const { resultBytes } of group) sum += resultBytes ?? 0
  return sum
}

function sizeStory(recording: Recording, queries: AtPlace): PlaceStory {
  const [read, sent] = [bytesText(bytesOf(queries)), bytesText(recording.response?.bodyBytes ?? 0)]
  const rowCount = queries.reduce((sum, query) => sum + (query.rowCount ?? 0), 0)
  return {
    kind: 'over-fetch',
    message: `${someText(queries.length, recording)} read ${read} in ${rowsText(rowCount)}, for an answer of ${sent}`,
    savingBasis: 'not known: what fewer columns and rows would cost shows only when they are asked for',
    fix: {
      summary: 'Select the columns that the answer needs, and let the database pick the rows and add them up.',
      code: null,
    },
  }
}

function countStory(recording: Recording, counted: RecordedQuery | null): PlaceStory {
  return {
    kind: 'over-fetch',
    message: `${someText(1, recording)} read ${rowsText(counted?.rowCount ?? 0)}, of which the answer has the number and nothing else`,
    savingBasis: 'not known: what counting costs depends on the index that it can use',
    fix: countFix(counted?.fingerprintText ?? ''),
  }
}

/** A select of a whole table: what follows its name would have to be written in knex too. */
const WHOLE_TABLE = /^select [\w\s,.*]+ from ([a-z_]\w*)(?: order by [\w\s,.]+)?$/i

const LONGEST_WHOLE_TABLE = 2_000

function countFix(statement: string): Fix {
  const [, table] = statement.length > LONGEST_WHOLE_TABLE ? [] : (WHOLE_TABLE.exec(statement) ?? [])
  const isDistinct = /^select distinct\b/i.test(statement)
  return {
    summary: 'Let the database count them: `count(*)` instead of the rows.',
    code:
      table === undefined || isDistinct
        ? null
        : `const [{ count }] = await knex('${table}').count({ count: '*' })\n// PostgreSQL gives it as a string: Number(count)`,
  }
}

import type { RequestFilter } from '../model/request-list.js'
import { tablesOf } from '../sql/tables.js'
import { idOfHash, idOfSession, idOfUser } from './content-id.js'
import { numberOfTime } from './recording-number.js'
import { kindNumber, toUs } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

/** A piece of SQL with its values. */
export interface Condition {
  readonly sql: string
  readonly values: readonly unknown[]
}

/**
 * What one part of a filter asks of a row of `recordings`, and which index leads to the rows that have it.
 *
 * `numbers` selects the numbers of these rows, a number perhaps more than once; `null`: only looking at each row tells.
 */
export interface Criterion extends Condition {
  readonly numbers: Condition | null
  /** One place in an index, in whose rows are in the order of time: a walk may go along it. */
  readonly along: string | null
}

/** The criteria of a filter; without a `kind`, queries outside any request are left out. */
export function criteriaOf(handle: StoreHandle, filter: RequestFilter): Criterion[] {
  return [
    kindCriterion(filter),
    ...timeCriteria(filter),
    ...routeCriteria(handle, filter),
    ...statusCriteria(filter),
    ...measureCriteria(filter),
    ...findingCriteria(filter),
    ...(filter.session === undefined ? [] : [sessionCriterion(filter.session)]),
    ...markCriteria(filter),
    ...statementCriteria(handle, filter),
    ...(filter.search === undefined ? [] : [searchCriterion(filter.search)]),
  ]
}

/** Text in the URL; the id of a trace in the headers too, among whose changing values `traceparent` is kept. */
function searchCriterion(text: string): Criterion {
  const inUrl = `url LIKE ? ESCAPE '\\'`
  const trace = /^(?:[\da-f]{2}-)?([\da-f]{32})(?:-[\da-f]{16}(?:-[\da-f]{2})?)?$/i.exec(text.trim())?.[1]
  if (trace === undefined) return unindexed(inUrl, [containing(text)])
  const inHeaders = `EXISTS (SELECT 1 FROM recording_details AS d WHERE d.number = recordings.number
    AND d.header_values LIKE ?)`
  return unindexed(`(${inUrl} OR ${inHeaders})`, [containing(text), `%${trace}%`])
}

/** A LIKE pattern for a text somewhere inside; its own wildcards mean themselves. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

function unindexed(sql: string, values: readonly unknown[]): Criterion {
  return { sql, values, numbers: null, along: null }
}

/** A condition on columns of `recordings` that an index begins with. */
function indexed(index: string, sql: string, values: readonly unknown[], isOnePlace = false): Criterion {
  const from = `INDEXED BY ${index}`
  const numbers = { sql: `SELECT number FROM recordings ${from} WHERE ${sql}`, values }
  return { sql, values, numbers, along: isOnePlace ? from : null }
}

function kindCriterion({ kind }: RequestFilter): Criterion {
  if (kind === undefined) return unindexed('kind <> ?', [kindNumber('background')])
  return unindexed('kind = ?', [kindNumber(kind)])
}

function timeCriteria({ since, until }: RequestFilter): Criterion[] {
  if (since === undefined && until === undefined) return []
  const from = since === undefined ? 0 : numberOfTime(since)
  const to = until === undefined ? Number.MAX_SAFE_INTEGER : numberOfTime(until + 1)
  const sql = 'recordings.number >= ? AND recordings.number < ?'
  const numbers = { sql: `SELECT number FROM recordings WHERE ${sql}`, values: [from, to] }
  return [{ sql, values: [from, to], numbers, along: null }]
}

function routeCriteria(handle: StoreHandle, { method, route }: RequestFilter): Criterion[] {
  if (method === undefined && route === undefined) return []
  const named = route === undefined ? '1' : route === null ? 'route IS NULL' : 'route = ?'
  const sent = method === undefined ? '1' : 'method = ?'
  const values = [...(typeof route === 'string' ? [route] : []), ...(method === undefined ? [] : [method])]
  const ids = handle.all<{ id: number }>(`SELECT id FROM routes WHERE ${named} AND ${sent}`, ...values)
  if (ids.length === 1) return [indexed('recordings_route', 'route_id = ?', [ids[0]?.id], true)]
  const listed = JSON.stringify(ids.map(({ id }) => id))
  return [indexed('recordings_route', 'route_id IN (SELECT value FROM json_each(?))', [listed])]
}

/** A job has no status: it has failed when it ended with an error. */
function failedCriterion(): Criterion {
  // Written out: only so does SQLite see that the partial index holds them.
  const failedJob = `kind = ${kindNumber('job')} AND error_class IS NOT NULL`
  return {
    sql: `status >= 500 OR (${failedJob})`,
    values: [],
    numbers: {
      sql: `SELECT number FROM recordings INDEXED BY recordings_status WHERE status >= 500 UNION ALL
        SELECT number FROM recordings INDEXED BY recordings_failed_jobs WHERE ${failedJob}`,
      values: [],
    },
    along: null,
  }
}

/** `200`, a class: `2xx`, or `aborted`; any other text matches nothing. */
function statusCriteria({ status, errorsOnly, exceptionsOnly }: RequestFilter): Criterion[] {
  const criteria: Criterion[] = []
  if (errorsOnly === true) criteria.push(failedCriterion())
  if (exceptionsOnly === true) criteria.push(indexed('recordings_error', 'error_class IS NOT NULL', []))
  if (status === undefined) return criteria
  if (status === 'aborted') return [...criteria, unindexed('aborted = ?', [1])]
  if (/^[1-5]xx$/i.test(status)) {
    const from = Number(status[0]) * 100
    return [...criteria, indexed('recordings_status', 'status BETWEEN ? AND ?', [from, from + 99])]
  }
  const exact = /^\d+$/.test(status) ? Number(status) : -1
  return [...criteria, indexed('recordings_status', 'status = ?', [exact], true)]
}

function measureCriteria({ minMs, minQueries, minSqlMs }: RequestFilter): Criterion[] {
  const asked = [
    ['duration_us', minMs === undefined ? undefined : toUs(minMs)],
    ['query_count', minQueries],
    ['sql_wall_us', minSqlMs === undefined ? undefined : toUs(minSqlMs)],
  ] as const
  return asked.flatMap(([column, least]) =>
    least === undefined ? [] : [indexed(`recordings_${column}`, `${column} >= ?`, [least])],
  )
}

function findingCriteria({ findingKey, findingKind }: RequestFilter): Criterion[] {
  const criteria: Criterion[] = []
  if (findingKind === 'any') {
    const numbers = { sql: 'SELECT number FROM occurrences', values: [] }
    criteria.push({ sql: 'findings IS NOT NULL', values: [], numbers, along: null })
  } else if (findingKind !== undefined) {
    criteria.push({
      sql: 'instr(findings, ?) > 0',
      values: [`,"${findingKind}",`],
      numbers: {
        sql: 'SELECT number FROM occurrences WHERE finding_id IN (SELECT id FROM findings WHERE kind = ?)',
        values: [findingKind],
      },
      along: null,
    })
  }
  if (findingKey !== undefined) {
    const values = [idOfHash(findingKey)]
    criteria.push({
      sql: 'EXISTS (SELECT 1 FROM occurrences AS o WHERE o.finding_id = ? AND o.number = recordings.number)',
      values,
      numbers: { sql: 'SELECT number FROM occurrences WHERE finding_id = ?', values },
      along: null,
    })
  }
  return criteria
}

/** @param session `null`: recordings without a label */
export function sessionCriterion(session: string | null): Criterion {
  if (session === null) return unindexed('session_id IS NULL', [])
  return indexed('recordings_session', 'session_id = ?', [idOfSession(session)], true)
}

function markCriteria({ tag, pinnedOnly, user }: RequestFilter): Criterion[] {
  const criteria: Criterion[] = []
  if (user !== undefined) criteria.push(indexed('recordings_user', 'user_id = ?', [idOfUser(user)], true))
  if (pinnedOnly === true) {
    const numbers = { sql: 'SELECT number FROM pins', values: [] }
    criteria.push({ sql: `recordings.number IN (${numbers.sql})`, values: [], numbers, along: null })
  }
  if (tag !== undefined) {
    criteria.push({
      sql: 'EXISTS (SELECT 1 FROM recording_tags AS t WHERE t.number = recordings.number AND t.tag = ?)',
      values: [tag],
      numbers: { sql: 'SELECT number FROM recording_tags WHERE tag = ?', values: [tag] },
      along: null,
    })
  }
  return criteria
}

function statementCriteria(handle: StoreHandle, { fingerprint, sql, table }: RequestFilter): Criterion[] {
  const asked = [
    ...(fingerprint === undefined ? [] : [[idOfHash(fingerprint)]]),
    ...(sql === undefined ? [] : [statementsWith(handle, sql).map(({ id }) => id)]),
    ...(table === undefined ? [] : [statementsOn(handle, table)]),
  ]
  return asked.map((ids) => {
    const values = [JSON.stringify(ids)]
    const listed = 'statement_id IN (SELECT value FROM json_each(?))'
    return {
      // The plus keeps the list from being looked up by index, once for each of its entries: a recording has few.
      sql: `EXISTS (SELECT 1 FROM recording_statements AS used WHERE used.number = recordings.number AND +used.${listed})`,
      values,
      numbers: { sql: `SELECT number FROM recording_statements WHERE ${listed}`, values },
      along: null,
    }
  })
}

interface FoundStatement {
  readonly id: number
  readonly text: string
}

/** Statements are few, however many requests sent them: they are all looked at, as they are told and as they were sent. */
function statementsWith(handle: StoreHandle, text: string): FoundStatement[] {
  const pattern = containing(text)
  return handle.all<FoundStatement>(
    `SELECT statements.id, statements.text FROM statements LEFT JOIN texts ON texts.id = example_id
      WHERE statements.text LIKE ? ESCAPE '\\' OR texts.text LIKE ? ESCAPE '\\'`,
    pattern,
    pattern,
  )
}

function statementsOn(handle: StoreHandle, table: string): number[] {
  const name = table.toLowerCase()
  return statementsWith(handle, table)
    .filter(({ text }) => tablesOf(text).includes(name))
    .map(({ id }) => id)
}

import type { RequestFilter } from '../model/store.js'
import { idOfHash, idOfSession } from './content-id.js'
import { kindNumber } from './rows.js'

/** A condition on a row of `recordings` joined with `routes`. */
export interface Condition {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** The conditions of a filter; without a `kind`, queries outside any request are left out. */
export function conditionsOf(filter: RequestFilter): Condition[] {
  const conditions: Condition[] = [kindCondition(filter)]
  const { method, status, route, search, findingKey, findingKind, fingerprint, session } = filter
  if (method !== undefined) conditions.push({ sql: 'routes.method = ?', values: [method] })
  if (status !== undefined) conditions.push(statusCondition(status))
  if (route !== undefined) conditions.push(routeCondition(route))
  if (search !== undefined) conditions.push({ sql: `url LIKE ? ESCAPE '\\'`, values: [containing(search)] })
  if (findingKind !== undefined) conditions.push({ sql: 'instr(findings, ?) > 0', values: [`,"${findingKind}",`] })
  if (findingKey !== undefined) {
    const sql = 'recordings.number IN (SELECT number FROM occurrences WHERE finding_id = ?)'
    conditions.push({ sql, values: [idOfHash(findingKey)] })
  }
  if (fingerprint !== undefined) {
    const sql = 'recordings.number IN (SELECT number FROM recording_statements WHERE statement_id = ?)'
    conditions.push({ sql, values: [idOfHash(fingerprint)] })
  }
  if (session !== undefined) conditions.push(sessionCondition(session))
  return conditions
}

/** Whether rows must be looked at one after the other, since no index leads to those that match. */
export function needsScan({ kind, method, status, route, search, findingKind, ...indexed }: RequestFilter): boolean {
  if (indexed.findingKey !== undefined || indexed.fingerprint !== undefined) return false
  if (route || indexed.session) return false
  return [kind, method, status, route, search, findingKind, indexed.session].some((value) => value !== undefined)
}

/** A LIKE pattern for a text somewhere inside; its own wildcards mean themselves. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

function kindCondition({ kind }: RequestFilter): Condition {
  if (kind === undefined) return { sql: 'kind <> ?', values: [kindNumber('background')] }
  return { sql: 'kind = ?', values: [kindNumber(kind)] }
}

/** `200`, or a class: `2xx`; any other text matches nothing. */
function statusCondition(status: string): Condition {
  if (/^[1-5]xx$/i.test(status)) {
    const from = Number(status[0]) * 100
    return { sql: 'status BETWEEN ? AND ?', values: [from, from + 99] }
  }
  return { sql: 'status = ?', values: [/^\d+$/.test(status) ? Number(status) : -1] }
}

function routeCondition(route: string | null): Condition {
  if (route === null) return { sql: 'route_id IS NOT NULL AND routes.route IS NULL', values: [] }
  return { sql: 'route_id IN (SELECT id FROM routes WHERE route = ?)', values: [route] }
}

export function sessionCondition(session: string | null): Condition {
  if (session === null) return { sql: 'recordings.session_id IS NULL', values: [] }
  return { sql: 'recordings.session_id = ?', values: [idOfSession(session)] }
}

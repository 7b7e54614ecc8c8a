import { type AwaitedChange, type AwaitedProfile, type Controls, NO_CONTROLS } from '../model/controls.js'
import type { SqliteStatement } from './sqlite-driver.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 20

/** Whoever asked so long ago has forgotten it. */
const AWAITED_S = 3_600
const MOST_AWAITED = 50

export const CONTROLS_SQL: string = `SELECT *, (SELECT json_group_array(json_array(method, route, since_us)) FROM awaited_profiles
  WHERE since_us > (unixepoch() - ${AWAITED_S}) * 1000000) AS profiles FROM controls WHERE id = 1`

interface ControlsRow {
  readonly paused_us: number | null
  readonly session: string | null
  readonly session_us: number | null
  readonly session_before: string | null
  /** A JSON array. */
  readonly profiles: string
}

/** @param select `CONTROLS_SQL`, prepared */
export function controlsOf(select: SqliteStatement): Controls {
  const row = select.get() as ControlsRow | undefined
  if (row === undefined) return NO_CONTROLS
  const ms = (us: number | null): number | null => (us === null ? null : us / 1000)
  return {
    pausedAt: ms(row.paused_us),
    session: row.session,
    sessionAt: ms(row.session_us),
    sessionBefore: row.session_before,
    profiles: row.profiles === '[]' ? NO_CONTROLS.profiles : profilesOf(row.profiles),
  }
}

function profilesOf(json: string): readonly AwaitedProfile[] {
  const rows = JSON.parse(json) as [method: string, route: string, sinceUs: number][]
  return rows.map(([method, route, sinceUs]) => ({
    ...(method === '' ? { method: null, route: null } : { method, route }),
    since: sinceUs / 1000,
  }))
}

export function readControls(handle: StoreHandle): Controls {
  return controlsOf(handle.prepare(CONTROLS_SQL))
}

/** Paused already, it keeps its time. */
export function setPaused(handle: StoreHandle, paused: boolean): Promise<Controls> {
  const set = handle.prepare('UPDATE controls SET paused_us = iif(?, ifnull(paused_us, ?), NULL) WHERE id = 1')
  return changed(handle, () => set.run(Number(paused), Date.now() * 1000))
}

/** The session that goes on already goes on. */
export function startSession(handle: StoreHandle, label: string | null): Promise<Controls> {
  const set = handle.prepare(
    'UPDATE controls SET session_before = session, session_us = ?, session = ? WHERE id = 1 AND session IS NOT ?',
  )
  return changed(handle, () => set.run(Date.now() * 1000, label, label))
}

/** What is asked for already keeps its time; what was asked for anew meanwhile is not removed. */
export function awaitProfiles(handle: StoreHandle, { add, remove }: AwaitedChange): Promise<Controls> {
  const insert = handle.prepare('INSERT OR IGNORE INTO awaited_profiles (method, route, since_us) VALUES (?, ?, ?)')
  const removeOne = handle.prepare('DELETE FROM awaited_profiles WHERE method = ? AND route = ? AND since_us = ?')
  const expire = handle.prepare(`DELETE FROM awaited_profiles WHERE since_us <= (unixepoch() - ${AWAITED_S}) * 1000000
    OR since_us < (SELECT since_us FROM awaited_profiles ORDER BY since_us DESC LIMIT 1 OFFSET ${MOST_AWAITED - 1})`)
  const valuesOf = ({ method, route, since }: AwaitedProfile): readonly unknown[] => [
    ...[method ?? '', route ?? ''],
    Math.round(since * 1000),
  ]
  return changed(handle, () => {
    for (const one of remove) removeOne.run(...valuesOf(one))
    expire.run()
    for (const one of add) insert.run(...valuesOf(one))
  })
}

/** @throws SqliteError when the file stays locked */
async function changed(handle: StoreHandle, change: () => unknown): Promise<Controls> {
  await untilFree(change, MOST_TRIES)
  return readControls(handle)
}

import { type Controls, NO_CONTROLS } from '../model/controls.js'
import type { SqliteStatement } from './sqlite-driver.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 20

export const CONTROLS_SQL = 'SELECT * FROM controls WHERE id = 1'

interface ControlsRow {
  readonly paused_us: number | null
  readonly session: string | null
  readonly session_us: number | null
  readonly session_before: string | null
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
  }
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

/** @throws SqliteError when the file stays locked */
async function changed(handle: StoreHandle, change: () => unknown): Promise<Controls> {
  await untilFree(change, MOST_TRIES)
  return readControls(handle)
}

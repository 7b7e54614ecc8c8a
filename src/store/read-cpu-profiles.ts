import type { CpuProfile, CpuProfileFacts } from '../model/cpu-profile.js'
import type { CpuProfileLook, CpuProfileSummary, CpuProfileView } from '../model/cpu-profile-view.js'
import { cpuProfileView } from './cpu-profile-view.js'
import { findRow, rowAt } from './read-request.js'
import { summaryOf } from './rows.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_LISTED = 200

/** A profile, with what is known of it. */
interface StoredCpuProfile {
  readonly summary: CpuProfileSummary
  readonly file: CpuProfile['file']
}

/** `null`: there is none of this recording. */
function findCpuProfile(handle: StoreHandle, id: string): StoredCpuProfile | null {
  const number = findRow(handle, id)?.number
  const row =
    number === undefined ? undefined : handle.get<StoredRow>('SELECT * FROM cpu_profiles WHERE number = ?', number)
  const summary = row && cpuProfileSummary(handle, row)
  return row && summary ? { summary, file: row.file } : null
}

/** The `.cpuprofile` of a recording, by gzip. */
export function readCpuProfileFile(handle: StoreHandle, id: string): Uint8Array | null {
  const found = findCpuProfile(handle, id)
  // Memory of its own, which can be handed over.
  return found && Uint8Array.from(found.file)
}

/** What a page shows of a recording's profile; `null`: there is none. */
export function readCpuProfileView(handle: StoreHandle, id: string, look: CpuProfileLook): CpuProfileView | null {
  const found = findCpuProfile(handle, id)
  return found && cpuProfileView(found.summary, found.file, look)
}

/** The newest first. */
export function readCpuProfiles(handle: StoreHandle): readonly CpuProfileSummary[] {
  const sql = 'SELECT number, bytes, facts FROM cpu_profiles ORDER BY number DESC LIMIT ?'
  return handle.all<ListedRow>(sql, MOST_LISTED).flatMap((row) => cpuProfileSummary(handle, row) ?? [])
}

interface ListedRow {
  readonly number: number
  readonly bytes: number
  readonly facts: string
}

interface StoredRow extends ListedRow {
  readonly file: Uint8Array
}

function cpuProfileSummary(handle: StoreHandle, { number, bytes, facts }: ListedRow): CpuProfileSummary | null {
  const row = rowAt(handle, number)
  if (row === undefined) return null
  const { id, kind, startedAt, durationMs, method, path, name } = summaryOf(row, new Map())
  return {
    facts: JSON.parse(facts) as CpuProfileFacts,
    bytes,
    recording: { id, kind, startedAt, durationMs, method, path, name },
  }
}

import { setImmediate as immediately } from 'node:timers/promises'
import type { FoundInHistory, HistoryDetectors } from '../model/history.js'
import { addFindings } from './add-finding.js'
import { giveLeaseBack, type Lease, takeLease } from './lease.js'
import { createLookup } from './lookup.js'
import {
  readNewRecordings,
  readRouteName,
  readRouteRecordings,
  readSlowStatements,
  readWrites,
} from './read-history.js'
import { numberOfTime } from './recording-number.js'
import { isBusy } from './store-error.js'
import type { StoreHandle } from './worker-connection.js'

export interface HistoryRound {
  readonly owner: string
  /** Between two rounds, of whichever process. */
  readonly intervalMs: number
}

/** Recordings that one round goes forward. */
const MOST_RECORDINGS = 2_000
/** Pages are answered by the same thread: so long are routes looked at in one round, others the next time. */
const ROUTES_MS = 100
/** A long request is written long after it began: what is older than that was written in its order. */
const LATE_MS = 60_000
/** Findings written at one go: the host's own writing waits meanwhile. */
const WRITTEN_AT_ONCE = 20
const MOST_FOUND = 1_000

/** When each route was looked at last, so that none waits for ever behind busier ones. */
const lookedAt = new Map<number, number>()
const KNOWN_ROUTES = 10_000
/** Routes with something new that no round had the time for yet. */
const waiting = new Set<number>()

/**
 * One round of looking for what only shows in more than one recording, over what was stored since the last one.
 *
 * @returns in how many milliseconds another round is due; `null`: when something new is stored
 */
export async function lookThroughHistory(
  handle: StoreHandle,
  detectors: HistoryDetectors,
  { owner, intervalMs }: HistoryRound,
): Promise<number | null> {
  try {
    const nowMs = Date.now()
    const lease = takeLease(handle, { owner, nowMs, intervalMs })
    if ('askAgainMs' in lease) return lease.askAgainMs
    return await round(handle, detectors, lease, { owner, intervalMs, nowMs })
  } catch (error) {
    if (isBusy(error)) return intervalMs
    throw error
  }
}

async function round(
  handle: StoreHandle,
  detectors: HistoryDetectors,
  lease: Lease,
  { owner, intervalMs, nowMs }: HistoryRound & { readonly nowMs: number },
): Promise<number | null> {
  // A clock that was put back would otherwise hide what is recorded until it has caught up.
  const cursor = Math.min(lease.cursor, numberOfTime(nowMs))
  let reached = cursor
  try {
    const { newest, hasMore, routeIds } = readNewRecordings(handle, cursor, MOST_RECORDINGS)
    const found = [...slowIn(handle, detectors, cursor, newest), ...(await inRoutes(handle, detectors, routeIds))]
    await writeInSteps(handle, found.slice(0, MOST_FOUND))
    reached = newest
    return hasMore || waiting.size > 0 ? intervalMs : null
  } finally {
    giveLeaseBack(handle, owner, reached, Date.now())
  }
}

function slowIn(handle: StoreHandle, detectors: HistoryDetectors, cursor: number, upTo: number): FoundInHistory[] {
  const { slowAboveMs: aboveMs } = detectors
  if (aboveMs === null) return []
  const after = Math.max(0, cursor - (numberOfTime(LATE_MS) - numberOfTime(0)))
  const { mayBeSlow } = detectors
  const search = { after, upTo, aboveMs, mayBeSlow, nowMs: Date.now() }
  const statements = readSlowStatements(handle, search, createLookup(handle))
  return statements.flatMap((history) => detectors.ofStatement(history))
}

async function inRoutes(
  handle: StoreHandle,
  detectors: HistoryDetectors,
  routeIds: readonly number[],
): Promise<FoundInHistory[]> {
  const found: FoundInHistory[] = []
  for (const routeId of routeIds) waiting.add(routeId)
  const longestAgoFirst = [...waiting].toSorted((a, b) => (lookedAt.get(a) ?? 0) - (lookedAt.get(b) ?? 0))
  let spentMs = 0
  for (const routeId of longestAgoFirst) {
    if (spentMs > ROUTES_MS) break
    const startedAt = performance.now()
    waiting.delete(routeId)
    found.push(...inRoute(handle, detectors, routeId))
    if (lookedAt.size >= KNOWN_ROUTES) lookedAt.clear()
    lookedAt.set(routeId, Date.now())
    spentMs += performance.now() - startedAt
    // A page that was asked for meanwhile goes first.
    await immediately()
  }
  return found
}

function inRoute(handle: StoreHandle, detectors: HistoryDetectors, routeId: number): readonly FoundInHistory[] {
  const request = readRouteName(handle, routeId)
  const bounds = request && detectors.recordingsOf(request)
  if (request === null || bounds === null) return []
  const lookup = createLookup(handle)
  const newest = readRouteRecordings(handle, routeId, bounds, lookup)
  if (newest === null) return []
  const { recordings, from, to } = newest
  return detectors.ofRoute({ request, recordings, writes: readWrites(handle, from, to, lookup) })
}

async function writeInSteps(handle: StoreHandle, found: readonly FoundInHistory[]): Promise<void> {
  for (let at = 0; at < found.length; at += WRITTEN_AT_ONCE) {
    await addFindings(handle, found.slice(at, at + WRITTEN_AT_ONCE))
    await immediately()
  }
}

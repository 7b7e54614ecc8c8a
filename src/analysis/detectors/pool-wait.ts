import type { ConnectionHolder } from '../../model/evidence.js'
import type { Detector, Occurrence } from '../../model/finding.js'
import { roundToMicroseconds as round, unionMs } from '../../model/intervals.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { findingKey } from '../finding-key.js'
import { append, type Repeats } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { msText, someText } from '../wording.js'

/**
 * Queries that waited more than `ms` for a connection that somebody else had, or that got none at all. One finding for
 * each pool, since which statement it hits is chance: so neither statement nor line is part of its key.
 *
 * What is no such wait: the time that a pool takes to open a new connection, when nobody had to give one back.
 */
export function poolWait({ ms }: SettingsOf<'poolWait'>): Detector {
  const hasWaited = (query: RecordedQuery): boolean =>
    (query.poolWaitMs ?? 0) > ms && (query.evidence.heldBy !== null || isUnsent(query))
  return (recording) => {
    const byPool = new Map<string, RecordedQuery[]>()
    for (const query of recording.queries) if (hasWaited(query)) append(byPool, query.connection, query)
    return [...byPool.values()].map((waiting) => describe(recording, waiting))
  }
}

/** It got no connection, so that it has no time of its own. */
function isUnsent({ durationMs, error }: RecordedQuery): boolean {
  return durationMs === null && error !== null
}

function describe(recording: Recording, waiting: Repeats): Occurrence {
  const [first] = waiting as [RecordedQuery]
  const byFingerprint = new Map(waiting.map(({ fingerprint, fingerprintText }) => [fingerprint, fingerprintText]))
  const intervals = waiting.map(({ startMs, poolWaitMs }) => ({ startMs: startMs - (poolWaitMs ?? 0), endMs: startMs }))
  const longest = waiting.reduce((most, query) => ((query.poolWaitMs ?? 0) > (most.poolWaitMs ?? 0) ? query : most))
  return {
    findingKey: findingKey({
      kind: 'pool-wait',
      statements: [first.connection],
      callSite: null,
      request: recording.request,
    }),
    kind: 'pool-wait',
    message: messageOf(recording, waiting, longest),
    statements: [...byFingerprint.values()],
    fingerprints: [...byFingerprint.keys()],
    count: waiting.length,
    queryIndexes: waiting.map(({ index }) => index),
    callSite: first.callSite,
    parent: null,
    totalMs: round(waiting.reduce((sum, { poolWaitMs }) => sum + (poolWaitMs ?? 0), 0)),
    savingMs: round(unionMs(intervals)),
    savingBasis: 'the waits for a connection, time in parallel counted once',
    fix: { summary: adviceOn(longest), code: null },
  }
}

function messageOf(recording: Recording, waiting: Repeats, longest: RecordedQuery): string {
  const upTo = waiting.length === 1 ? '' : 'up to '
  const waited = `${someText(waiting.length, recording)} waited ${upTo}${msText(longest.poolWaitMs ?? 0)} for a connection`
  const unsentCount = waiting.filter(isUnsent).length
  const inVain = unsentCount === 0 ? '' : unsentCount === waiting.length ? ', in vain' : `, ${unsentCount} in vain`
  return `${waited}${poolText(longest)}${inVain}${holderText(longest.evidence.heldBy)}`
}

function poolText({ evidence: { poolSize } }: RecordedQuery): string {
  if (poolSize === null) return ''
  return ` of the pool's ${poolSize === 1 ? 'only one' : poolSize}`
}

function holderText(holder: ConnectionHolder | null): string {
  if (holder === null) return ''
  const { callSite, isSameRecording, request, heldMs } = holder
  const who = isSameRecording ? 'this request itself' : (request ?? 'work outside any request')
  const where = callSite === null ? '' : ` (${callSite.file}:${callSite.line})`
  return `, which ${who} held for ${msText(heldMs)}${where}`
}

function adviceOn({ evidence: { heldBy, poolSize } }: RecordedQuery): string {
  const larger = `let the pool have more connections (\`pool: { max: … }\`${poolSize === null ? '' : `, now ${poolSize}`})`
  if (heldBy === null) return `Hold connections for less time, or ${larger}.`
  if (heldBy.isSameRecording) return `Send fewer queries at once, or ${larger}.`
  return `Let ${heldBy.request ?? 'the other work'} give its connection back sooner, or ${larger}.`
}

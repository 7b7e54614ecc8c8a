import type { CallSite } from '../model/call-site.js'
import type { Fix, Occurrence } from '../model/finding.js'
import { type Contents, NONE } from './contents.js'

/** A call site by id, and whether it was inferred. */
export type SiteReference = readonly [id: number, inferred: 0 | 1]

/** What belongs to one occurrence alone; texts as ids. */
export interface Evidence {
  readonly statements: readonly number[]
  /** Runs of query indexes: first, how many, first, how many, … */
  readonly runs: readonly number[]
  readonly site: SiteReference
  readonly parent: readonly [queryIndex: number, textId: number, site: SiteReference, rowCount: number] | null
}

/** What all occurrences of a finding have in common, mostly. */
export interface Wording {
  readonly savingBasis: string
  readonly fix: Fix | null
}

/** Stores the texts of an occurrence once, and returns the ids and numbers that are left. */
export function packOccurrence(occurrence: Occurrence, contents: Contents): { evidence: string; wordingId: number } {
  const { fingerprints, statements, parent, savingBasis, fix } = occurrence
  const evidence: Evidence = {
    statements: fingerprints.map((hash, at) => contents.statement(hash, statements[at] ?? '', 'other', null)),
    runs: runsOf(occurrence.queryIndexes),
    site: reference(occurrence.callSite, contents),
    parent: parent && [
      parent.queryIndex,
      contents.text(parent.statement),
      reference(parent.callSite, contents),
      parent.rowCount,
    ],
  }
  const wording: Wording = { savingBasis, fix }
  return { evidence: JSON.stringify(Object.values(evidence)), wordingId: contents.text(JSON.stringify(wording)) }
}

export function unpackEvidence(packed: string): Evidence {
  const [statements, runs, site, parent] = JSON.parse(packed) as [
    Evidence['statements'],
    Evidence['runs'],
    Evidence['site'],
    Evidence['parent'],
  ]
  return { statements, runs, site, parent }
}

export function indexesOf(runs: readonly number[]): number[] {
  const indexes: number[] = []
  for (let at = 0; at + 1 < runs.length; at += 2) {
    for (let step = 0; step < (runs[at + 1] ?? 0); step++) indexes.push((runs[at] ?? 0) + step)
  }
  return indexes
}

function runsOf(indexes: readonly number[]): number[] {
  const runs: number[] = []
  let next: number | null = null
  for (const index of indexes) {
    if (index === next) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1
    else runs.push(index, 1)
    next = index + 1
  }
  return runs
}

function reference(site: CallSite | null, contents: Contents): SiteReference {
  return site === null ? [NONE, 0] : [contents.callSite(site), site.source === 'inferred' ? 1 : 0]
}

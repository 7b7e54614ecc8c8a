import type { RecordedQuery } from '../../src/model/query.js'
import type { Said } from './judge.js'
import type { CaseRun } from './record.js'
import { sentByIndex } from './sent-queries.js'

export interface SimplerRule {
  readonly name: string
  /** What was taken for granted in its favour or against it. */
  readonly basis: string
  readonly apply: (run: CaseRun) => readonly Said[]
}

/** A query with the line that a tool sees which looks when it is sent. */
interface SeenQuery {
  readonly query: RecordedQuery
  readonly site: string | null
  readonly stack: string
}

/**
 * What other tools look for, on the same recordings. Each is given silk's fingerprints, which are better than their own,
 * and none of the time thresholds with which some of them stay silent on a fast database.
 */
export const SIMPLER_RULES: readonly SimplerRule[] = [
  {
    name: 'equal strings >= 3',
    basis: 'django-silky: one normalised statement three times, from anywhere; the line where the first was sent',
    apply: (run) =>
      groups(seen(run), ({ query }) => query.fingerprint)
        .filter((group) => group.length >= 3)
        .map(said),
  },
  {
    name: 'same call stack >= 2',
    basis: 'Prosopite: one SELECT twice from one call stack, all of the app’s frames in it, as it is when it is sent',
    apply: (run) =>
      groups(
        seen(run).filter(({ query }) => query.operation === 'select'),
        ({ query, stack }) => `${query.fingerprint} ${stack}`,
      )
        .filter((group) => group.length >= 2)
        .map(said),
  },
  {
    name: 'consecutive >= 5',
    basis: 'Sentry: five spans of one SELECT in a row; the line where the first was sent',
    apply: (run) =>
      runsOf(seen(run).filter(({ query }) => query.operation === 'select'))
        .filter((group) => group.length >= 5)
        .map(said),
  },
  {
    name: 'distinct parameters >= 5',
    basis: 'nplusone for Node: one statement with five sets of parameters from one line of the stack when it is sent',
    apply: (run) =>
      groups(seen(run), ({ query, site }) => `${query.fingerprint} ${site}`)
        .filter((group) => new Set(group.map(({ query }) => query.bindingSet)).size >= 5)
        .map(said),
  },
]

/** Recorded queries with the sites of the driver's. */
function seen(run: CaseRun): readonly SeenQuery[] {
  const sent = sentByIndex(run)
  return run.recording.queries
    .filter(({ operation }) => operation !== 'transaction')
    .map((query) => {
      const { site, stack } = sent.get(query.index) ?? { site: null, stack: '' }
      return { query, site, stack }
    })
}

function groups(queries: readonly SeenQuery[], keyOf: (query: SeenQuery) => string): readonly SeenQuery[][] {
  const found = new Map<string, SeenQuery[]>()
  for (const query of queries) {
    const key = keyOf(query)
    const group = found.get(key)
    if (group === undefined) found.set(key, [query])
    else group.push(query)
  }
  return [...found.values()]
}

function runsOf(queries: readonly SeenQuery[]): readonly SeenQuery[][] {
  const found: SeenQuery[][] = []
  for (const query of queries) {
    const last = found.at(-1)
    if (last?.[0]?.query.fingerprint === query.query.fingerprint) last.push(query)
    else found.push([query])
  }
  return found
}

function said(group: readonly SeenQuery[]): Said {
  const first = group[0] as SeenQuery
  const [file, line] = first.site?.split(':') ?? []
  return {
    kind: 'n-plus-one',
    statements: [first.query.fingerprintText],
    count: group.length,
    place: file === undefined ? null : { file, line: Number(line) },
  }
}

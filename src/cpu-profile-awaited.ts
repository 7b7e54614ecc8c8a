import type { Awaited } from './model/cpu-profiling.js'

type Group = { readonly method: string; readonly route: string | null }

interface Entry extends Awaited {
  /** Whether a request may be of the route: its pattern is known for sure only when the request has ended. */
  readonly mayBe: (method: string, path: string) => boolean
}

/** Routes and jobs whose next run is profiled. */
export interface AwaitedRuns {
  readonly isEmpty: boolean
  /** @param group `null`: whatever comes next */
  add(group: { readonly method: string; readonly route: string } | null, trigger: Awaited['trigger']): void
  has(method: string, path: string): boolean
  /** @param id of the recording that it is taken for */
  take(method: string, path: string, id: string): Awaited['trigger'] | null
  /** Whether a recording turned out to be of another group than it was taken for; then that is awaited again. */
  wasAnother(id: string, group: Group | null): boolean
  /** @param group `null`: all */
  cancel(group: Group | null): void
  list(): readonly Awaited[]
}

const MOST = 50
const MOST_TAKEN = 100

export function createAwaited(): AwaitedRuns {
  const entries = new Map<string, Entry>()
  const taken = new Map<string, Entry>()

  function find(method: string, path: string): [string, Entry] | undefined {
    return [...entries].find(([, entry]) => entry.mayBe(method, path))
  }
  function set(key: string, entry: Entry): void {
    if (entries.size >= MOST && !entries.has(key)) dropOldest(entries)
    // What somebody asked for by hand is not taken for less.
    if (entries.get(key)?.trigger !== 'page') entries.set(key, entry)
  }

  return {
    get isEmpty() {
      return entries.size === 0
    },
    add(group, trigger) {
      const { method, route } = group ?? { method: null, route: null }
      const mayBe = group === null ? () => true : matcherOf(group.method, group.route)
      set(keyOf(group), { method, route, trigger, since: Date.now(), mayBe })
    },
    has: (method, path) => find(method, path) !== undefined,
    take(method, path, id) {
      const found = find(method, path)
      if (found === undefined) return null
      const [key, entry] = found
      entries.delete(key)
      if (taken.size >= MOST_TAKEN) dropOldest(taken)
      taken.set(id, entry)
      return entry.trigger
    },
    wasAnother(id, group) {
      const entry = taken.get(id)
      taken.delete(id)
      if (entry === undefined || entry.method === null) return false
      if (group?.method === entry.method && group.route === entry.route) return false
      set(keyOf({ method: entry.method, route: entry.route }), entry)
      return true
    },
    cancel(group) {
      if (group === null) return entries.clear()
      for (const key of [keyOf(group), keyOf(null)]) entries.delete(key)
    },
    list: () => [...entries.values()].map(({ mayBe: _, ...told }) => told),
  }
}

function keyOf(group: Group | null): string {
  return group === null ? '' : `${group.method} ${group.route}`
}

function dropOldest(entries: Map<string, unknown>): void {
  for (const key of entries.keys()) {
    entries.delete(key)
    return
  }
}

/**
 * Reads a pattern by its plain segments and `:names`; from the first that is something else on, anything may follow. So
 * it takes time in proportion to the path, whatever the pattern is.
 */
function matcherOf(method: string, route: string): Entry['mayBe'] {
  const parts: string[] = []
  let isWhole = true
  for (const segment of route.split('/').filter((part) => part !== '')) {
    isWhole = /^:\w+$|^[^:*(){}?+[\]\\]+$/.test(segment)
    if (!isWhole) break
    parts.push(segment)
  }
  return (ofMethod, path) => {
    if (ofMethod !== method) return false
    if (path === route) return true
    const given = path.split('/').filter((part) => part !== '')
    if (isWhole ? given.length !== parts.length : given.length < parts.length) return false
    return parts.every((part, at) => part.startsWith(':') || decoded(part) === decoded(given[at] ?? ''))
  }
}

/** As Express compares: in any case, and percent-encoded or not. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment).toLowerCase()
  } catch {
    return segment.toLowerCase()
  }
}

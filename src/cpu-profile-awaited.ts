import type { Report } from './capture/report.js'
import type { AwaitedChange, AwaitedProfile } from './model/controls.js'
import type { Awaited } from './model/cpu-profiling.js'
import { routeMatcher } from './route-matcher.js'

type Group = { readonly method: string; readonly route: string | null }
type Asked = { readonly method: string; readonly route: string } | null

interface Entry extends Awaited {
  /** Whether a request may be of the route: its pattern is known for sure only when the request has ended. */
  readonly mayBe: (method: string, path: string) => boolean
}

/** What pages ask all processes on the store for. */
export interface SharedProfiles {
  /** As far as this process has heard: the same array while nothing was heard. */
  list(): readonly AwaitedProfile[]
  /** @throws StoreError by rejection when the store cannot be written */
  change(change: AwaitedChange): Promise<void>
}

/** Routes and jobs whose next run is profiled: asked for by a page in all processes, or in this one since one was slow. */
export interface AwaitedRuns {
  readonly isEmpty: boolean
  addSlow(group: { readonly method: string; readonly route: string }): void
  /** @param group `null`: whatever comes next */
  ask(group: Asked): Promise<void>
  has(method: string, path: string): boolean
  /** @param id of the recording that it is taken for */
  take(method: string, path: string, id: string): Awaited['trigger'] | null
  /** Whether a recording turned out to be of another group than it was taken for; then that is awaited again. */
  wasAnother(id: string, group: Group | null): boolean
  /** @param group `null`: all */
  cancel(group: Asked): Promise<void>
  list(): readonly Awaited[]
}

const MOST = 50
const MOST_TAKEN = 100

export function createAwaited(shared: SharedProfiles, report: Report): AwaitedRuns {
  const slow = new Map<string, Entry>()
  const taken = new Map<string, Entry>()
  const asked = createAsked(shared, report)

  function find(method: string, path: string): Entry | undefined {
    const mayBe = (entry: Entry): boolean => entry.mayBe(method, path)
    return asked.entries().find(mayBe) ?? [...slow.values()].find(mayBe)
  }
  function setSlow(entry: Entry): void {
    if (slow.size >= MOST && !slow.has(keyOf(entry))) dropOldest(slow)
    slow.set(keyOf(entry), entry)
  }

  return {
    get isEmpty() {
      return slow.size === 0 && asked.entries().length === 0
    },
    addSlow: (group) => setSlow(entryOf({ ...group, since: Date.now() }, 'slow')),
    ask: (group) => shared.change({ add: [{ ...(group ?? ANY), since: Date.now() }], remove: [] }),
    has: (method, path) => find(method, path) !== undefined,
    take(method, path, id) {
      const entry = find(method, path)
      if (entry === undefined) return null
      if (entry.trigger === 'page') asked.take(entry)
      else slow.delete(keyOf(entry))
      if (taken.size >= MOST_TAKEN) dropOldest(taken)
      taken.set(id, entry)
      return entry.trigger
    },
    wasAnother(id, group) {
      const entry = taken.get(id)
      taken.delete(id)
      if (entry === undefined || entry.method === null) return false
      if (group?.method === entry.method && group.route === entry.route) return false
      if (entry.trigger === 'page') asked.giveBack(entry)
      else setSlow(entry)
      return true
    },
    cancel(group) {
      const isMeant = (one: AwaitedProfile): boolean =>
        group === null || [keyOf(group), keyOf(ANY)].includes(keyOf(one))
      for (const [key, entry] of slow) if (isMeant(entry)) slow.delete(key)
      const remove = shared.list().filter(isMeant)
      return remove.length === 0 ? Promise.resolve() : shared.change({ add: [], remove })
    },
    list: () => [...asked.entries(), ...slow.values()].map(({ mayBe: _, ...told }) => told),
  }
}

/** What pages ask for, without what this process has taken: others hear of that half a second later, as it does itself. */
function createAsked(shared: SharedProfiles, report: Report) {
  const gone = new Set<string>()
  let known: readonly AwaitedProfile[] = []
  let entries: readonly Entry[] = []

  function change(entry: Entry, kind: keyof AwaitedChange): void {
    entries = []
    known = []
    const { method, route, since } = entry
    shared
      .change({ add: [], remove: [], [kind]: [{ method, route, since }] })
      .catch((error: unknown) => report(error, 'telling others what is profiled'))
  }

  return {
    entries(): readonly Entry[] {
      const listed = shared.list()
      if (listed === known) return entries
      known = listed
      const waiting = listed.filter((one) => !gone.has(askingOf(one)))
      entries = waiting.map((one) => entryOf(one, 'page'))
      return entries
    },
    take(entry: Entry): void {
      if (gone.size >= MOST_TAKEN) dropOldest(gone)
      gone.add(askingOf(entry))
      change(entry, 'remove')
    },
    giveBack(entry: Entry): void {
      gone.delete(askingOf(entry))
      change(entry, 'add')
    },
  }
}

const ANY = { method: null, route: null }

function entryOf({ method, route, since }: AwaitedProfile, trigger: Awaited['trigger']): Entry {
  const mayBe = method === null || route === null ? () => true : routeMatcher(method, route)
  return { method, route, since, trigger, mayBe }
}

function keyOf({ method, route }: Pick<AwaitedProfile, 'method' | 'route'>): string {
  return method === null ? '' : `${method} ${route}`
}

/** One asking of a route is not the next one of it. */
function askingOf(one: AwaitedProfile): string {
  return `${one.since} ${keyOf(one)}`
}

function dropOldest(entries: { keys(): Iterable<string>; delete(key: string): boolean }): void {
  for (const key of entries.keys()) {
    entries.delete(key)
    return
  }
}

/** A profile as V8 gives it, and as `.cpuprofile` files have it. */
export interface V8Profile {
  readonly nodes: readonly V8Node[]
  /** Microseconds of a monotonic clock. */
  readonly startTime: number
  readonly endTime: number
  /** Ids of nodes. */
  readonly samples?: readonly number[]
  /** Microseconds since the sample before; of the first, since `startTime`. */
  readonly timeDeltas?: readonly number[]
}

export interface V8Node {
  readonly id: number
  readonly callFrame: V8CallFrame
  readonly hitCount?: number
  readonly children?: readonly number[]
}

export interface V8CallFrame {
  readonly functionName: string
  readonly scriptId: string
  readonly url: string
  /** From 0; -1: not known. */
  readonly lineNumber: number
  readonly columnNumber: number
}

/** Samples with the time since `startTime` at which each was taken. */
interface Samples {
  readonly ids: readonly number[]
  readonly atUs: readonly number[]
}

/**
 * The profile of a stretch of its time, with one in so many of its samples, and only the nodes that these need. The time
 * of a sample that goes is that of the one before it.
 *
 * @param fromUs, toUs by the profile's own clock; where they make no sense, the profile's own bounds hold
 */
export function cutProfile(
  profile: V8Profile,
  { fromUs, toUs, oneIn }: { readonly fromUs: number; readonly toUs: number; readonly oneIn: number },
): V8Profile {
  const startTime = isWithin(profile, fromUs) ? fromUs : profile.startTime
  const endTime = isWithin(profile, toUs) && toUs >= startTime ? toUs : profile.endTime
  const { ids, atUs } = samplesWithin(profile, startTime, endTime)
  const kept = ids.filter((_, index) => index % oneIn === 0)
  const keptAt = atUs.filter((_, index) => index % oneIn === 0)
  return {
    nodes: nodesOf(profile.nodes, kept),
    startTime,
    endTime,
    samples: kept,
    timeDeltas: keptAt.map((at, index) => at - (index === 0 ? startTime : (keptAt[index - 1] ?? startTime))),
  }
}

function isWithin({ startTime, endTime }: V8Profile, us: number): boolean {
  return us >= startTime && us <= endTime
}

function samplesWithin(profile: V8Profile, startTime: number, endTime: number): Samples {
  const { samples = [], timeDeltas = [] } = profile
  const ids: number[] = []
  const atUs: number[] = []
  let at = profile.startTime
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0
    if (at < startTime || at > endTime) continue
    ids.push(id)
    // V8 gives some samples out of order.
    atUs.push(Math.max(at, atUs.at(-1) ?? startTime))
  }
  return { ids, atUs }
}

/** The nodes of samples, and those above them. */
function nodesOf(nodes: readonly V8Node[], samples: readonly number[]): readonly V8Node[] {
  const hits = new Map<number, number>()
  for (const id of samples) hits.set(id, (hits.get(id) ?? 0) + 1)
  const parents = new Map<number, number>()
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id)
  const needed = new Set<number>()
  for (const id of hits.keys()) {
    for (let at: number | undefined = id; at !== undefined && !needed.has(at); at = parents.get(at)) needed.add(at)
  }
  return nodes
    .filter(({ id }, index) => needed.has(id) || index === 0)
    .map(({ id, callFrame, children = [] }) => {
      const left = children.filter((child) => needed.has(child))
      return { id, callFrame, hitCount: hits.get(id) ?? 0, ...(left.length > 0 && { children: left }) }
    })
}

import { gunzipSync } from 'node:zlib'
import type {
  CodeOwner,
  CpuBox,
  CpuFrame,
  CpuFunctionSum,
  CpuProfileLook,
  CpuProfileSummary,
  CpuProfileView,
} from '../model/cpu-profile-view.js'
import { type CallNode, callTree, type StoredProfile } from './call-tree.js'

/** Some six pixels: what is narrower is seen by going in. */
const LEAST_SHARE = 0.005
const MOST_BOXES = 1_500
const MOST_DEPTH = 60
const MOST_FUNCTIONS = 30
/** What a file that is 2 MB by gzip may be at most, since a store may come from anywhere. */
const MOST_BYTES = 200_000_000

/** What a page shows of a profile: made in the worker, since reading one takes a while. */
export function cpuProfileView(summary: CpuProfileSummary, file: Uint8Array, look: CpuProfileLook): CpuProfileView {
  const text = gunzipSync(file, { maxOutputLength: MOST_BYTES }).toString()
  const { root, byId, idleMs } = callTree(JSON.parse(text) as StoredProfile)
  const top = (look.frame === null ? undefined : byId.get(look.frame)) ?? root
  const { boxes, undrawnCount } = boxesOf(top)
  const sums = functionSums(top)
  return {
    summary,
    busyMs: root.frame.totalMs,
    idleMs,
    byOwner: timesByOwner(root),
    zoom: top === root ? [] : pathTo(top),
    shownMs: top.frame.totalMs,
    boxes,
    undrawnCount,
    functions: sums.toSorted(BY[look.order]).slice(0, MOST_FUNCTIONS),
    functionCount: sums.length,
  }
}

const BY = {
  self: (left: CpuFunctionSum, right: CpuFunctionSum) => right.selfMs - left.selfMs || right.totalMs - left.totalMs,
  total: (left: CpuFunctionSum, right: CpuFunctionSum) => right.totalMs - left.totalMs || right.selfMs - left.selfMs,
}

/** Without the root, which calls nothing. */
function pathTo(node: CallNode): readonly CpuFrame[] {
  const path: CpuFrame[] = []
  for (let at: CallNode | null = node; at?.parent; at = at.parent) path.unshift(at.frame)
  return path
}

interface Placed {
  readonly node: CallNode
  readonly depth: number
  readonly from: number
}

/** Row by row, so that where there are too many the deepest go. */
function boxesOf(top: CallNode): { readonly boxes: readonly CpuBox[]; readonly undrawnCount: number } {
  const wholeMs = top.frame.totalMs
  const boxes: CpuBox[] = []
  let undrawnCount = 0
  const isRoot = top.parent === null
  const waiting: Placed[] = [{ node: top, depth: isRoot ? -1 : 0, from: 0 }]
  for (let at = 0; at < waiting.length; at++) {
    const { node, depth, from } = waiting[at] as Placed
    const { frame, children } = node
    const width = wholeMs === 0 ? 0 : frame.totalMs / wholeMs
    const isDrawn = width >= LEAST_SHARE && depth < MOST_DEPTH && boxes.length < MOST_BOXES
    if (!isDrawn) {
      undrawnCount++
      continue
    }
    if (depth >= 0) boxes.push({ ...frame, depth, from, width })
    let childFrom = from
    for (const child of children) {
      waiting.push({ node: child, depth: depth + 1, from: childFrom })
      childFrom += child.frame.totalMs / wholeMs
    }
  }
  return { boxes, undrawnCount }
}

function keyOf({ name, file, line, column }: CpuFrame): string {
  return `${file ?? ''}:${line ?? ''}:${column ?? ''} ${name}`
}

interface Sum {
  frame: CpuFrame
  selfMs: number
  totalMs: number
  /** How many of its calls are going on at this point of the walk. */
  running: number
}

/** Each function with its calls below a node. */
function functionSums(top: CallNode): readonly CpuFunctionSum[] {
  const sums = new Map<string, Sum>()
  // A node is met twice: on the way down, and, as its `sum`, on the way up.
  const waiting: ({ readonly node: CallNode } | { readonly ends: Sum })[] = [{ node: top }]
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    if ('ends' in step) {
      step.ends.running--
      continue
    }
    const { frame, parent, children } = step.node
    if (parent !== null) {
      const sum = sumOf(sums, frame)
      sum.selfMs += frame.selfMs
      if (sum.running === 0) sum.totalMs += frame.totalMs
      sum.running++
      waiting.push({ ends: sum })
    }
    for (const node of children) waiting.push({ node })
  }
  return [...sums.values()].map(({ frame, selfMs, totalMs }) => ({
    ...{ name: frame.name, owner: frame.owner, file: frame.file, line: frame.line, column: frame.column },
    ...{ selfMs, totalMs, frameId: frame.id },
  }))
}

function sumOf(sums: Map<string, Sum>, frame: CpuFrame): Sum {
  const key = keyOf(frame)
  const known = sums.get(key)
  if (known === undefined) {
    const sum = { frame, selfMs: 0, totalMs: 0, running: 0 }
    sums.set(key, sum)
    return sum
  }
  if (frame.totalMs > known.frame.totalMs) known.frame = frame
  return known
}

function timesByOwner(root: CallNode): Readonly<Record<CodeOwner, number>> {
  const times = { app: 0, driver: 0, package: 0, silk: 0, node: 0, engine: 0 }
  const waiting = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    times[node.frame.owner] += node.frame.selfMs
    for (const child of node.children) waiting.push(child)
  }
  return times
}

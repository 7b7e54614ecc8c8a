import type { CodeOwner, CpuFrame } from '../model/cpu-profile-view.js'

/** The parts of a `.cpuprofile` that are looked at. */
export interface StoredProfile {
  readonly nodes: readonly StoredNode[]
  readonly startTime: number
  readonly endTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface StoredNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
    readonly columnNumber: number
  }
  readonly children?: readonly number[]
}

/** A frame with what it calls; the costliest calls first. */
export interface CallNode {
  readonly frame: CpuFrame
  readonly parent: CallNode | null
  readonly children: readonly CallNode[]
}

export interface CallTree {
  /** Stands for all of the profile that was not idle. */
  readonly root: CallNode
  readonly byId: ReadonlyMap<number, CallNode>
  readonly idleMs: number
}

interface Growing {
  frame: { -readonly [Key in keyof CpuFrame]: CpuFrame[Key] }
  parent: Growing | null
  readonly children: Growing[]
}

const US = 1_000

/** The calls of a profile with their times. A sample stands for the time until the next one. */
export function callTree(profile: StoredProfile): CallTree {
  const selfMs = selfTimes(profile)
  const byId = new Map<number, Growing>()
  for (const node of profile.nodes) byId.set(node.id, { frame: frameOf(node, selfMs), parent: null, children: [] })
  for (const { id, children = [] } of profile.nodes) for (const child of children) adopt(byId.get(id), byId.get(child))
  const root: Growing = byId.get(profile.nodes[0]?.id ?? 0) ?? { frame: { ...EMPTY }, parent: null, children: [] }
  const idle = root.children.filter(({ frame }) => frame.name === '(idle)' && frame.file === null)
  for (const one of idle) root.children.splice(root.children.indexOf(one), 1)
  for (const node of inPostOrder(root)) {
    node.frame.totalMs = node.frame.selfMs + node.children.reduce((sum, { frame }) => sum + frame.totalMs, 0)
    node.children.sort((left, right) => right.frame.totalMs - left.frame.totalMs)
  }
  return { root, byId, idleMs: idle.reduce((sum, { frame }) => sum + frame.selfMs, 0) }
}

const EMPTY: CpuFrame = {
  ...{ id: 0, name: '(root)', owner: 'engine', file: null, line: null, column: null, selfMs: 0, totalMs: 0 },
}

/** A node that has a parent already, or is above itself, is left where it is: the file may come from anywhere. */
function adopt(parent: Growing | undefined, child: Growing | undefined): void {
  if (parent === undefined || child === undefined || child.parent !== null) return
  for (let at: Growing | null = parent; at !== null; at = at.parent) if (at === child) return
  child.parent = parent
  parent.children.push(child)
}

function selfTimes({ samples, timeDeltas, startTime, endTime }: StoredProfile): ReadonlyMap<number, number> {
  const self = new Map<number, number>()
  let atUs = startTime
  for (const [index, id] of samples.entries()) {
    atUs += timeDeltas[index] ?? 0
    const lastedUs = timeDeltas[index + 1] ?? Math.max(0, endTime - atUs)
    self.set(id, (self.get(id) ?? 0) + Math.max(0, lastedUs) / US)
  }
  return self
}

/** Children before parents, without recursion: a stack may be ten thousand calls deep. */
function inPostOrder(root: Growing): readonly Growing[] {
  const order: Growing[] = []
  const waiting = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    order.push(node)
    waiting.push(...node.children)
  }
  return order.reverse()
}

function frameOf({ id, callFrame }: StoredNode, selfMs: ReadonlyMap<number, number>): Growing['frame'] {
  const { functionName, url, lineNumber, columnNumber } = callFrame
  return {
    id,
    name: functionName,
    owner: ownerOf(url),
    file: url === '' ? null : url,
    line: lineNumber < 0 ? null : lineNumber + 1,
    column: columnNumber < 0 ? null : columnNumber + 1,
    selfMs: selfMs.get(id) ?? 0,
    totalMs: 0,
  }
}

const DRIVERS =
  /^node_modules\/(?:knex(?:-[\d.]+)?|tarn|better-sqlite3(?:-\d+)?|sqlite3|pg(?:-[\w-]+)?|mysql2?|tedious|oracledb|objection|bookshelf)\//

function ownerOf(url: string): CodeOwner {
  if (url === '') return 'engine'
  if (url.startsWith('node:')) return 'node'
  if (url.startsWith('node_modules/express-silk/')) return 'silk'
  if (DRIVERS.test(url)) return 'driver'
  return url.startsWith('node_modules/') ? 'package' : 'app'
}

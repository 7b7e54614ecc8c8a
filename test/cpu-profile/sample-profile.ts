import { gzipSync } from 'node:zlib'
import type { CpuProfile, CpuProfileFacts } from '../../src/model/cpu-profile.js'

/** A call, how long it worked itself, and what it called. */
export interface CallSketch {
  readonly name: string
  /** Default: native. */
  readonly url?: string
  readonly line?: number
  readonly ms?: number
  readonly calls?: readonly CallSketch[]
}

const FACTS: CpuProfileFacts = {
  ...{ trigger: 'page', startMs: 5, durationMs: 0, intervalUs: 1_000, sampleCount: 0 },
  ...{ otherRequestCount: 0, isCut: false, keptOneIn: 1 },
}

/** A profile as it is stored, one sample for each millisecond; ids are given from 1 on, callers before those they call. */
export function sampleProfile(calls: readonly CallSketch[], facts: Partial<CpuProfileFacts> = {}): CpuProfile {
  const nodes: object[] = []
  const samples: number[] = []
  let lastId = 0
  function add({ name, url = '', line = 0, ms = 0, calls: below = [] }: CallSketch): number {
    const id = ++lastId
    const node = {
      id,
      callFrame: { functionName: name, scriptId: '0', url, lineNumber: line - 1, columnNumber: line === 0 ? -1 : 4 },
      children: [] as number[],
    }
    nodes.push(node)
    for (let sample = 0; sample < ms; sample++) samples.push(id)
    for (const one of below) node.children.push(add(one))
    return id
  }
  add({ name: '(root)', calls })
  const startTime = 1_000_000
  const endTime = startTime + samples.length * 1_000
  // The first sample is taken at the very start.
  const timeDeltas = samples.map((_, index) => (index === 0 ? 0 : 1_000))
  const file = gzipSync(JSON.stringify({ nodes, startTime, endTime, samples, timeDeltas }))
  return { ...FACTS, durationMs: samples.length, sampleCount: samples.length, ...facts, file }
}

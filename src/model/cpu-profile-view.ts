import type { CpuProfileFacts } from './cpu-profile.js'
import type { RecordingKind } from './recording.js'

/** A profile with the recording that it is of. */
export interface CpuProfileSummary {
  readonly facts: CpuProfileFacts
  /** Compressed. */
  readonly bytes: number
  readonly recording: {
    readonly id: string
    readonly kind: RecordingKind
    /** Milliseconds since the epoch. */
    readonly startedAt: number
    readonly durationMs: number
    readonly method: string | null
    readonly path: string | null
    /** Of a job. */
    readonly name: string | null
  }
}

/** Whose code a frame is: `driver` knex and what it talks to the database by, `engine` V8's own and native code. */
export type CodeOwner = 'app' | 'driver' | 'package' | 'silk' | 'node' | 'engine'

/** A function in the profile. */
export interface CpuFunction {
  /** Empty: it has none. */
  readonly name: string
  readonly owner: CodeOwner
  /** Relative to the project, `node_modules/…`, `node:…`; `null`: native. */
  readonly file: string | null
  /** From 1; `null`: not known. */
  readonly line: number | null
  readonly column: number | null
}

/** A call in the profile: a function, called by way of those above it. */
export interface CpuFrame extends CpuFunction {
  /** Names it in addresses. */
  readonly id: number
  readonly selfMs: number
  readonly totalMs: number
}

/** A frame with its place in the flamegraph, in shares of the width. */
export interface CpuBox extends CpuFrame {
  readonly depth: number
  readonly from: number
  readonly width: number
}

/** A function with all its calls. */
export interface CpuFunctionSum extends CpuFunction {
  readonly selfMs: number
  /** Its calls of itself count once. */
  readonly totalMs: number
  /** The costliest of its calls. */
  readonly frameId: number
}

/** What a page shows of a profile: bounded, however many frames there are. */
export interface CpuProfileView {
  readonly summary: CpuProfileSummary
  /** Without what was idle. */
  readonly busyMs: number
  readonly idleMs: number
  readonly byOwner: Readonly<Record<CodeOwner, number>>
  /** The frame that fills the width, and the calls that led to it, outermost first; empty: the whole profile. */
  readonly zoom: readonly CpuFrame[]
  /** Of what is shown. */
  readonly shownMs: number
  readonly boxes: readonly CpuBox[]
  /** Frames too narrow or too deep to be drawn. */
  readonly undrawnCount: number
  /** The costliest by the order that was asked for. */
  readonly functions: readonly CpuFunctionSum[]
  readonly functionCount: number
}

/** What part of a profile is looked at. */
export interface CpuProfileLook {
  /** `null`: all of it. */
  readonly frame: number | null
  readonly order: 'self' | 'total'
}

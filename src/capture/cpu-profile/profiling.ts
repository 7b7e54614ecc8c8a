import type { Request } from 'express'
import type { CpuProfileTrigger } from '../../model/cpu-profile.js'
import { roundToMicroseconds } from '../../model/intervals.js'
import { clock } from '../clock.js'
import type { Recorder } from '../recorder.js'
import type { Report } from '../report.js'
import { createFrameCleaner } from './clean-frames.js'
import { packProfile } from './pack-profile.js'
import type { ProfileInHand } from './profile-in-hand.js'
import { type Sampling, startSampling } from './sampler.js'
import { runStretch } from './stretch.js'

/** A request that begins. */
interface Asked {
  readonly method: string
  /** As sent. */
  readonly url: string
  /** Of its recording. */
  readonly id: string
}

/** Which requests and jobs are profiled, and how. No method throws. */
export interface CpuProfileChoice {
  readonly intervalUs: number
  /** How long a profile may be. */
  readonly maxMs: number
  /** Compressed. */
  readonly maxBytes: number
  /** Asked for each recorded request that begins. */
  ofRequest(req: Request, asked: Asked): CpuProfileTrigger | null
  /**
   * Asked for each job that begins.
   *
   * @param isWanted by the code that runs it
   */
  ofJob(name: string, id: string, isWanted: boolean): CpuProfileTrigger | null
  /** What came of one that was chosen. */
  count(outcome: 'taken' | 'busy' | 'failed' | 'tooLarge'): void
}

export interface CpuProfiling {
  /** Begins the profile of a request where it is wanted. */
  ofRequest(recorder: Recorder, req: Request, url: string): void
  ofJob(recorder: Recorder, isWanted: boolean): void
}

interface Surroundings {
  readonly projectRoot: string
  /** Recorded requests that are being answered, and how many ever began. */
  readonly open: { readonly count: number; readonly begun: number }
  readonly report: Report
}

export function createCpuProfiling(choice: CpuProfileChoice, surroundings: Surroundings): CpuProfiling {
  const clean = createFrameCleaner(surroundings.projectRoot)
  const { open, report } = surroundings

  function begin(recorder: Recorder, trigger: CpuProfileTrigger | null): void {
    if (trigger === null) return
    try {
      const sampling = startSampling(choice.intervalUs)
      if (sampling === null) choice.count('busy')
      else recorder.cpuProfile = profileOf(recorder, trigger, sampling)
    } catch (error) {
      choice.count('failed')
      report(error, 'starting a CPU profile')
    }
  }

  function profileOf(recorder: Recorder, trigger: CpuProfileTrigger, sampling: Sampling): ProfileInHand {
    const startMs = clock.now() - recorder.startMs
    // A request is itself among those that begin from here on.
    const before = open.begun - open.count + Number(recorder.kind === 'request')
    let otherRequestCount = 0
    const stretch = runStretch(sampling, choice.maxMs, () => {
      otherRequestCount = Math.max(0, open.begun - before)
    })
    return {
      end: stretch.end,
      *take() {
        try {
          const { profile, toUs, isCut } = stretch.take()
          const { startUs } = sampling
          const packed = yield* packProfile(profile, { fromUs: startUs, toUs }, clean, choice.maxBytes)
          choice.count(packed === null ? 'tooLarge' : 'taken')
          return (
            packed && {
              ...packed,
              ...{ trigger, intervalUs: choice.intervalUs, isCut, otherRequestCount },
              startMs: roundToMicroseconds(startMs),
              durationMs: (toUs - startUs) / 1_000,
            }
          )
        } catch (error) {
          choice.count('failed')
          report(error, 'making a CPU profile')
          return null
        }
      },
    }
  }

  return {
    ofRequest(recorder, req, url) {
      const asked = {
        ...{ method: req.method, url },
        get id() {
          return recorder.id
        },
      }
      begin(recorder, choice.ofRequest(req, asked))
    },
    ofJob: (recorder, isWanted) => begin(recorder, choice.ofJob(recorder.name ?? '', recorder.id, isWanted)),
  }
}

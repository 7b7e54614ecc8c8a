import { clock } from './clock.js'
import type { ContextCarrier } from './context.js'
import type { CpuProfiling } from './cpu-profile/profiling.js'
import { oldestSink, type Scope } from './current.js'
import { checkJobOptions, type JobOptions } from './job-options.js'
import { checkNamed } from './named.js'
import { Recorder } from './recorder.js'
import { isThenable } from './sources/knex-types.js'
import { meterOf, type UsageWanted } from './usage.js'

const MAX_NAME_CHARS = 200

/** The jobs of one profiler. */
export interface Jobs {
  run<R>(name: string, fn: () => R, options: JobOptions): R
  /** Ends the recordings of jobs that are still running: the process ends, or the profiler closes. */
  endAll(): void
}

/**
 * @param watched what is measured of each; no `cpuProfiling`: nothing is ever profiled
 * @param done takes the recorder of a job that has ended
 */
export function createJobs(
  carrier: ContextCarrier<Scope>,
  { usage, cpuProfiling }: { readonly usage: UsageWanted; readonly cpuProfiling: CpuProfiling | null },
  done: (recorder: Recorder) => void,
): Jobs {
  const running = new Set<Recorder>()

  function end(recorder: Recorder): void {
    if (!running.delete(recorder)) return
    recorder.endMs = clock.now()
    recorder.meter?.end()
    recorder.cpuProfile?.end()
    carrier.outside(() => done(recorder))
  }

  function fail(recorder: Recorder, error: unknown): void {
    recorder.thrown ??= { value: error }
    end(recorder)
  }

  /** Handed on is a promise that follows: a rejection noted on a side branch would hide that nobody else handles it. */
  function followed<R>(result: R, recorder: Recorder): R {
    if (!isThenable(result)) {
      end(recorder)
      return result
    }
    return result.then(
      (value: unknown) => {
        end(recorder)
        return value
      },
      (error: unknown) => {
        fail(recorder, error)
        throw error
      },
    ) as R
  }

  return {
    run(name, fn, { cpuProfile = false }) {
      const recorder = new Recorder('job', name)
      recorder.meter = meterOf(usage)
      running.add(recorder)
      cpuProfiling?.ofJob(recorder, cpuProfile)
      try {
        return carrier.run({ recorder }, () => followed(fn(), recorder))
      } catch (error) {
        fail(recorder, error)
        throw error
      }
    },
    endAll() {
      for (const recorder of [...running]) end(recorder)
    },
  }
}

/**
 * Runs a function of the app as a job: by the profiler that was started first. Where none records, it is just run.
 *
 * @returns what the function returns; of a promise, one that settles as it does
 * @throws TypeError when somebody records and the name is no text, `fn` no function, or an option is none; and what `fn`
 *   throws
 */
export function recordJob<R>(name: string, fn: () => R, options?: JobOptions): R {
  const sink = oldestSink()
  if (sink === undefined) return fn()
  checkNamed('record', name, fn)
  const asked = checkJobOptions(name, options)
  return sink.isPaused() ? fn() : sink.runJob(name.slice(0, MAX_NAME_CHARS), fn, asked)
}

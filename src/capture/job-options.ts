import { shown } from './named.js'

export interface JobOptions {
  /**
   * Has the CPU of this run profiled, as far as the option `cpuProfile` of `silk()` allows: one profile at a time, so many a
   * minute, none where it is `false`.
   *
   * @default false
   */
  readonly cpuProfile?: boolean | undefined
}

/** @throws TypeError that names the option, its value and what is allowed */
export function checkJobOptions(name: string, options: unknown): JobOptions {
  if (options === undefined) return {}
  const call = `silk.record('${name}', fn, options)`
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `Expected the options of ${call} to be an object such as { cpuProfile: true }, got ${shown(options)}`,
    )
  }
  for (const [key, value] of Object.entries(options)) {
    if (key !== 'cpuProfile') throw new TypeError(`${call} has no option "${key}"; allowed: cpuProfile`)
    if (value !== undefined && typeof value !== 'boolean') {
      throw new TypeError(`Expected the option "cpuProfile" of ${call} to be true or false, got ${shown(value)}`)
    }
  }
  return options
}

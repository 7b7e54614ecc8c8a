/**
 * An option of silk, or one of its environment variables, that cannot be used as given: the programmer's mistake, thrown
 * while `silk()` is called and never later.
 *
 * @example
 * ```ts
 * try {
 *   app.use(silk(settings))
 * } catch (error) {
 *   if (error instanceof TypeError && 'code' in error && error.code === 'ERR_SILK_OPTION') console.error(error.message)
 * }
 * ```
 */
export class SilkOptionError extends TypeError {
  readonly code = 'ERR_SILK_OPTION'
  /** The option by its dotted path (`retention.count`), or the environment variable (`SILK_STORE`). */
  readonly option: string

  constructor(option: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SilkOptionError'
    this.option = option
  }
}

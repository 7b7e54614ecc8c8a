/** Aborted at Ctrl-C or SIGTERM, once; a second one ends the process as ever. */
export function interrupted(): AbortSignal {
  const controller = new AbortController()
  const abort = (signal: NodeJS.Signals): void => controller.abort(new Error(`stopped by ${signal}`))
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  return controller.signal
}

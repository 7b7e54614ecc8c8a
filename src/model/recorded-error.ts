import type { CallSite } from './call-site.js'

/** An exception as it was seen, masked. */
export interface RecordedError {
  /** Name of its class (`TypeError`); of what is thrown and is no error, its type (`string`). */
  readonly class: string
  readonly message: string
  /** Lines of its stack without the message, outermost last; files inside the project are relative to it. */
  readonly stack: readonly string[]
  /** The first of these lines that is the app's own; `null`: none is. */
  readonly callSite: CallSite | null
}

import type { RecordedError } from '../../model/recorded-error.js'
import { type Place, place, type ValuePart, valueParts } from '../display.js'
import type { PageContext } from '../page.js'

interface ExceptionView {
  readonly class: string
  readonly message: readonly ValuePart[]
  readonly place: Place | null
  readonly stack: readonly string[]
}

/** The exception of a recording; `null`: none was seen. */
export function exceptionView({ editor }: PageContext, error: RecordedError | null): ExceptionView | null {
  if (error === null) return null
  const { callSite, message, stack } = error
  return {
    class: error.class,
    message: valueParts(message),
    place: callSite && place(callSite, editor(callSite)),
    stack,
  }
}

import type { RecordedUser } from '../model/marks.js'
import type { RecordedBinding } from '../model/query.js'
import type { RecordedHeaders } from '../model/recording.js'
import type { SpanTags } from '../model/span.js'
import { type BindingPlace, maskBindings } from './mask-bindings.js'
import { type BodyMask, createBodyMask } from './mask-body.js'
import { maskError } from './mask-error.js'
import { createHeaderMask, type HeadersToMask } from './mask-headers.js'
import { secretNames } from './mask-names.js'
import { createStatementMask, type MaskStatement } from './mask-statement.js'
import { maskTags } from './mask-tags.js'
import { maskText } from './mask-text.js'
import { maskUrl } from './mask-url.js'
import { maskUser } from './mask-user.js'
import { guardedValue, type MaskValue, type PlainValue } from './mask-value.js'
import type { Report } from './report.js'

/** Takes the secrets out of what is about to be kept. No method throws, whatever it is given. */
export interface Masker {
  /** Names in lower case; secrets replaced by `[redacted]`. */
  headers(headers: HeadersToMask, of?: 'request' | 'response'): RecordedHeaders
  /** The URL with secret query parameters and its user masked, everything else as it was. */
  url(url: string): string
  /** Simple, bounded values in the order of the placeholders; those of secret columns masked. */
  bindings(bindings: readonly unknown[], places: readonly BindingPlace[]): readonly RecordedBinding[]
  /** The SQL with secret literals masked. */
  readonly statement: MaskStatement
  /** The tags of a span. */
  tags(tags: SpanTags): SpanTags
  /** Who sent a request, of bounded length. */
  user(user: RecordedUser): RecordedUser
  /** A driver's message without the values that it quotes. */
  error(message: string): string
  /** Any other text. */
  text(text: string): string
  readonly body: BodyMask
}

export interface Masking {
  /** Names of secrets, matched in any case as words of a name. */
  readonly names: readonly string[]
  /** Whether these stand in the place of the built-in ones. */
  readonly replace?: boolean
  /** Asked for each value that is not masked by then; what it gives back is kept. `null`: nobody. */
  readonly value?: ((path: string, value: PlainValue) => unknown) | null
}

export function createMasker({ names, replace = false, value = null }: Masking, report: Report = () => {}): Masker {
  const isSecret = secretNames(names, replace)
  const keep = value === null ? null : guardedValue(value, report)
  const at = (place: string): MaskValue | null => keep && ((path, asked) => keep(`${place}.${path}`, asked))
  const headerValues = { request: at('request.headers'), response: at('response.headers') }
  const maskHeaders = createHeaderMask(isSecret)
  const queryValues = at('request.query')
  return {
    headers: (headers, of = 'request') => maskHeaders(headers, headerValues[of]),
    url: (url) => maskUrl(url, isSecret, queryValues),
    bindings: (bindings, places) => maskBindings(bindings, places, isSecret, keep),
    statement: createStatementMask(isSecret, keep),
    error: (message) => maskError(message, isSecret),
    text: (text) => maskText(text, isSecret),
    tags: (tags) => maskTags(tags, isSecret),
    user: (user) => maskUser(user, isSecret, keep),
    body: createBodyMask(isSecret, keep),
  }
}

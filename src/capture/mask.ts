import type { RecordedBinding } from '../model/query.js'
import type { RecordedHeaders } from '../model/recording.js'
import { type BindingPlace, maskBindings } from './mask-bindings.js'
import { maskError } from './mask-error.js'
import { type HeadersToMask, maskHeaders } from './mask-headers.js'
import { secretNames } from './mask-names.js'
import { maskUrl } from './mask-url.js'

/** Takes the secrets out of what is about to be kept. No method throws, whatever it is given. */
export interface Masker {
  /** Names in lower case; secrets replaced by `[redacted]`. */
  headers(headers: HeadersToMask): RecordedHeaders
  /** The URL with secret query parameters and its user masked, everything else as it was. */
  url(url: string): string
  /** Simple, bounded values in the order of the placeholders; those of secret columns masked. */
  bindings(bindings: readonly unknown[], places: readonly BindingPlace[]): readonly RecordedBinding[]
  /** A driver's message without the values that it quotes. */
  error(message: string): string
}

/** @param options.names names of secrets beyond the built-in ones, matched in any case as words of a name */
export function createMasker({ names }: { readonly names: readonly string[] }): Masker {
  const isSecret = secretNames(names)
  return {
    headers: (headers) => maskHeaders(headers, isSecret),
    url: (url) => maskUrl(url, isSecret),
    bindings: (bindings, places) => maskBindings(bindings, places, isSecret),
    error: maskError,
  }
}

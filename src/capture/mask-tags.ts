import { REDACTED } from '../model/redacted.js'
import type { SpanTags } from '../model/span.js'
import type { IsSecretName } from './mask-names.js'
import { maskAndShorten } from './mask-text.js'

const MAX_TAGS = 20

/** At most 20 tags; values of secret names are masked, and of all others what can be told by its form. */
export function maskTags(tags: SpanTags, isSecret: IsSecretName): SpanTags {
  const kept: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(tags).slice(0, MAX_TAGS)) {
    const told = typeof value === 'string' ? maskAndShorten(value, isSecret) : value
    const isSimple = typeof told === 'string' || typeof told === 'boolean' || Number.isFinite(told)
    Object.defineProperty(kept, maskAndShorten(name, isSecret), {
      value: isSecret(name) ? REDACTED : isSimple ? told : typeof value,
      enumerable: true,
    })
  }
  return kept
}

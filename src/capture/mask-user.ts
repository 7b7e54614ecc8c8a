import type { RecordedUser } from '../model/marks.js'
import { REDACTED } from '../model/redacted.js'
import type { IsSecretName } from './mask-names.js'
import { copied, cutAt, maskText } from './mask-text.js'
import type { MaskValue } from './mask-value.js'

const MOST_CHARS = 200

/** Id and name on one line each, without what can be told to be a secret, and as `redact.value` has them. */
export function maskUser({ id, name }: RecordedUser, isSecret: IsSecretName, keep: MaskValue | null): RecordedUser {
  const kept = (path: string, text: string): string => {
    const masked = maskText(text, isSecret)
    const asked = keep === null ? masked : keep(path, masked)
    const plain = String(asked ?? REDACTED).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    return copied(cutAt(plain.trim(), MOST_CHARS)) || REDACTED
  }
  return { id: kept('user.id', id), name: name === null ? null : kept('user.name', name) }
}

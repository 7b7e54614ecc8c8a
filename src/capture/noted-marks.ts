import { MOST_TAG_CHARS } from '../model/marks.js'
import type { Masker } from './mask.js'
import { copied, cutAt } from './mask-text.js'

/** What the app says of a recording while it runs. */
export interface Marks {
  readonly tags: Set<string>
  isPinned: boolean
}

/** Masked, of the length of a tag, each once, in the order of the alphabet. */
export function builtTags(marks: Marks | null, masker: Pick<Masker, 'text'>): readonly string[] {
  if (marks === null) return []
  const tags = [...marks.tags].map((tag) => asTag(masker.text(tag)))
  return [...new Set(tags)].filter((tag) => tag !== '').sort()
}

function asTag(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim()
  return copied(cutAt(plain, MOST_TAG_CHARS)).trim()
}

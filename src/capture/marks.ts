import { inspect } from 'node:util'
import { MOST_TAGS } from '../model/marks.js'
import { running } from './current.js'
import { copied, cutAt } from './mask-text.js'
import type { Marks } from './noted-marks.js'
import type { Recorder } from './recorder.js'

/** Longer than a tag is, so that a secret is masked as a whole before it is cut. */
const NOTED_CHARS = 500

/**
 * Tags the running request or job. Outside of both, and where nobody records, it does nothing.
 *
 * @throws TypeError when it is recorded and a tag is no text
 */
export function tagRecording(...tags: readonly string[]): void {
  const recorder = running()?.recorder
  if (recorder === undefined) return
  for (const tag of tags) {
    if (typeof tag !== 'string' || tag.trim() === '') {
      const shown = inspect(tag, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 100)
      throw new TypeError(`Expected what silk.tag(…) is given to be texts, got ${shown} (${typeof tag})`)
    }
    const { tags: noted } = marksOf(recorder)
    if (noted.size < MOST_TAGS) noted.add(tag.length > NOTED_CHARS ? copied(cutAt(tag, NOTED_CHARS)) : tag)
  }
}

/** Pins the recording of the running request or job. Outside of both, and where nobody records, it does nothing. */
export function pinRecording(): void {
  const recorder = running()?.recorder
  if (recorder !== undefined) marksOf(recorder).isPinned = true
}

function marksOf(recorder: Recorder): Marks {
  recorder.marks ??= { tags: new Set(), isPinned: false }
  return recorder.marks
}

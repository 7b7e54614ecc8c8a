import { MOST_TAGS } from '../model/marks.js'
import type { TagChange, TagsSet } from '../model/store.js'
import { findRow } from './read-request.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 20

/** @returns the tags that the recording has then; `null`: there is no such recording */
export function setTags(handle: StoreHandle, id: string, { add, remove }: TagChange): Promise<TagsSet | null> {
  const set = handle.db.transaction((): TagsSet | null => {
    const number = findRow(handle, id)?.number
    if (number === undefined) return null
    const takeOff = handle.prepare('DELETE FROM recording_tags WHERE number = ? AND tag = ?')
    for (const tag of remove) takeOff.run(number, tag)
    const before = tagsOf(handle, number)
    const fresh = add.filter((tag) => !before.includes(tag))
    const isFull = before.length + fresh.length > MOST_TAGS
    if (isFull) return { tags: before, isFull }
    const put = handle.prepare('INSERT OR IGNORE INTO recording_tags (number, tag) VALUES (?, ?)')
    for (const tag of fresh) put.run(number, tag)
    return { tags: tagsOf(handle, number), isFull }
  })
  return untilFree(() => set.immediate(), MOST_TRIES)
}

function tagsOf(handle: StoreHandle, number: number): readonly string[] {
  const sql = 'SELECT tag FROM recording_tags WHERE number = ? ORDER BY tag'
  return handle.all<{ tag: string }>(sql, number).map(({ tag }) => tag)
}

import { contentHash } from '../sql/hash.js'

const HASH = /^[0-9a-f]{13}$/

/** A content hash (13 hex digits, 52 bits) as the integer that the store keeps. Other texts are hashed first. */
export function idOfHash(hash: string): number {
  return Number.parseInt(HASH.test(hash) ? hash : contentHash(hash), 16)
}

/** The hash as people and addresses show it. */
export function hashOfId(id: number): string {
  return id.toString(16).padStart(13, '0')
}

/** The integer id of a session's label. */
export function idOfSession(label: string): number {
  return idOfText(`session ${label}`)
}

/** The integer id of a user, whatever its name is. */
export function idOfUser(id: string): number {
  return idOfText(`user ${id}`)
}

/** The integer id of a text's content. */
export function idOfText(text: string): number {
  return Number.parseInt(contentHash(text), 16)
}

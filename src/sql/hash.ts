import { createHash } from 'node:crypto'

/**
 * The first 13 hex digits of the text's SHA-256: 52 bits, so that the number fits a JavaScript safe integer and an
 * SQLite rowid. Among a million different texts the chance of any collision is about 1 in 9,000.
 */
export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 13)
}

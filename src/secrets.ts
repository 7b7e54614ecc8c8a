import { createHash, timingSafeEqual } from 'node:crypto'

/** Tells a secret from other texts: hashes are compared, which are of one length, and in constant time. */
export function secretTest(secret: string): (given: string) => boolean {
  const expected = digest(secret)
  return (given) => timingSafeEqual(digest(given), expected)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

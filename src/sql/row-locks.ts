const LOCKS = /\bfor (?:update|share|no key update|key share)\b/

/** Whether a select locks the rows that it reads; @param text of a fingerprint */
export function locksRows(text: string): boolean {
  return LOCKS.test(text)
}

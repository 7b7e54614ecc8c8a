/** Why recordings whose ids were given out were not kept, of the newest so many. */
export interface NotKept {
  /** @param reason a sentence for people */
  note(id: string, reason: string): void
  reasonOf(id: string): string | null
}

const MOST_REASONS = 1_000

export function createNotKept(): NotKept {
  const reasons = new Map<string, string>()
  return {
    note(id, reason) {
      reasons.set(id, reason)
      const [oldest] = reasons.keys()
      if (reasons.size > MOST_REASONS && oldest !== undefined) reasons.delete(oldest)
    },
    reasonOf: (id) => reasons.get(id) ?? null,
  }
}

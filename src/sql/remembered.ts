interface Limits {
  /** Longer texts are read each time, characters. */
  readonly longest?: number
  /** Characters of all texts that are remembered, and as many again. */
  readonly inAll?: number
}

const MOST_TEXTS = 1_000

/**
 * A reader that remembers what it found in the last one to two thousand texts: an app sends the same statements again and
 * again. What it finds is shared, so it must not be changed.
 *
 * @example const tablesOf = remembered(readTables)
 */
export function remembered<T>(
  read: (text: string) => T,
  { longest = 5_000, inAll = 250_000 }: Limits = {},
): (text: string) => T {
  // Two generations: what the older one still holds when the newer is full was not asked for in a while.
  let newer = new Map<string, T>()
  let older = new Map<string, T>()
  let newerChars = 0
  return (text) => {
    const known = newer.get(text)
    if (known !== undefined) return known
    const before = older.get(text)
    const found = before === undefined ? read(text) : before
    if (text.length > longest) return found
    if (newer.size >= MOST_TEXTS || newerChars > inAll) {
      older = newer
      newer = new Map()
      newerChars = 0
    }
    newer.set(text, found)
    newerChars += text.length
    return found
  }
}

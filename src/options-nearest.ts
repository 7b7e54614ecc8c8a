/**
 * The known name that `name` was probably meant to be; `null`: none is near enough to be a slip of the keyboard.
 */
export function nearestName(name: string, known: readonly string[]): string | null {
  const wanted = name.toLowerCase()
  let nearest: string | null = null
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < least && distance < candidate.length) {
      nearest = candidate
      least = distance
    }
  }
  return nearest
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two words.
 *
 * Optimal string alignment, as in Damerau, "A technique for computer detection and correction of spelling errors"
 * (1964), with the table of Wagner and Fischer (1974).
 */
function editDistance(a: string, b: string): number {
  // Nobody mistypes a name of this length; the table is quadratic.
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY
  const table = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => table[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= a.length; row++) {
    table.push([row])
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const distances = [at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (same ? 0 : 1)]
      if (swapped) distances.push(at(row - 2, column - 2) + 1)
      table[row]?.push(Math.min(...distances))
    }
  }
  return at(a.length, b.length)
}

const INDENT = '  '
const MAX_INDENT = 30
/** Strings, brackets with nothing in them, and what stands alone. A string that was cut off has no end. */
const PIECES = /"[^"\\]*(?:\\.[^"\\]*)*"?|\{\s*\}|\[\s*\]|[{}[\],:]|[^\s{}[\],:"]+/gs

/**
 * JSON over several lines, as it was written otherwise: large numbers keep their digits, names their order, and what is
 * cut off or damaged is laid out as far as it goes.
 *
 * @param maxChars the rest is left out
 */
export function layOutJson(text: string, maxChars: number): string {
  const parts: string[] = []
  let depth = 0
  let chars = 0
  const line = (): string => `\n${INDENT.repeat(Math.min(depth, MAX_INDENT))}`
  for (const [piece] of text.matchAll(PIECES)) {
    let told = piece
    if (piece === '{' || piece === '[') {
      depth += 1
      told = piece + line()
    } else if (piece === '}' || piece === ']') {
      depth = Math.max(0, depth - 1)
      told = line() + piece
    } else if (piece === ',') told = piece + line()
    else if (piece === ':') told = ': '
    parts.push(told)
    chars += told.length
    if (chars > maxChars) break
  }
  return parts.join('')
}

/** Bodies up to this length are looked at for a number. */
const MAX_SHORT_CHARS = 200

/** What is noted of a response's body while it is sent. */
export interface NotedAnswer {
  /** Bytes before any compression; `null`: it was sent in several pieces. */
  readonly bytes: number | null
  /** The whole of a short one. */
  readonly short: string | null
}

const UNKNOWN_ANSWER: NotedAnswer = { bytes: null, short: null }

/**
 * What `end(chunk)` says of the body. It is the whole of it only when nothing was sent before.
 *
 * @param chunk the first argument of `end`
 */
export function noteAnswer(chunk: unknown, headersSent: boolean): NotedAnswer {
  if (headersSent) return UNKNOWN_ANSWER
  if (typeof chunk === 'string') {
    return { bytes: Buffer.byteLength(chunk), short: chunk.length <= MAX_SHORT_CHARS ? chunk : null }
  }
  if (!ArrayBuffer.isView(chunk)) return { bytes: 0, short: null }
  const { byteLength, byteOffset, buffer } = chunk
  const short = byteLength <= MAX_SHORT_CHARS ? Buffer.from(buffer, byteOffset, byteLength).toString() : null
  return { bytes: byteLength, short }
}

const WORDS_OF_SUCCESS: ReadonlySet<unknown> = new Set(['ok', 'success', 'OK'])

/**
 * The one number that an answer consists of: `{ "total": 120 }`, `120`, `{ "ok": true, "data": { "count": "120" } }`.
 * `null`: it has other values, no number or several.
 */
export function onlyNumberOf(answer: string | null): number | null {
  if (answer === null) return null
  const numbers: number[] = []
  try {
    if (!collect(JSON.parse(answer), numbers, 0)) return null
  } catch {
    const [number, ...others] = answer.match(/\d+/g) ?? []
    return number === undefined || others.length > 0 || answer.length > 60 ? null : Number(number)
  }
  return numbers.length === 1 ? (numbers[0] ?? null) : null
}

/** @returns false: there is something else than numbers and words of success */
function collect(value: unknown, numbers: number[], depth: number): boolean {
  if (typeof value === 'number') numbers.push(value)
  else if (typeof value === 'string') {
    if (/^\d{1,15}$/.test(value)) numbers.push(Number(value))
    else return WORDS_OF_SUCCESS.has(value)
  } else if (typeof value === 'object' && value !== null) {
    return depth < 4 && !Array.isArray(value) && Object.values(value).every((part) => collect(part, numbers, depth + 1))
  }
  return true
}

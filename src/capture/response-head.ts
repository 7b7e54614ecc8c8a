import type { ServerResponse } from 'node:http'
import type { RecordedHeaders } from '../model/recording.js'

/** Raw headers as Node keeps them: name, value, name, value, … */
export function headersFromRaw(raw: readonly string[]): RecordedHeaders {
  // No prototype: a header may be called `__proto__`.
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let index = 0; index + 1 < raw.length; index += 2) {
    addHeader(headers, raw[index] ?? '', raw[index + 1] ?? '')
  }
  return headers
}

/**
 * The headers that the app sent. `getHeaders()` does not know those given to `writeHead`, so the text that went out is
 * read.
 *
 * @param head as `headOf` gives it
 * @param addedLines lines behind the first that are silk's: they differ each time, and say nothing of the app
 */
export function sentHeaders(head: string | null, addedLines: number): RecordedHeaders {
  const headers: Record<string, string | string[]> = Object.create(null)
  if (head === null) return headers
  for (const line of head.split('\r\n').slice(1 + addedLines)) {
    const colon = line.indexOf(':')
    if (colon > 0) addHeader(headers, line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return headers
}

function addHeader(headers: Record<string, string | string[]>, name: string, value: string): void {
  const key = name.toLowerCase()
  const present = headers[key]
  if (present === undefined) headers[key] = value
  else if (Array.isArray(present)) present.push(value)
  else headers[key] = [present, value]
}

/** The head of the answer as text: Node has kept it in `_header` since 0.x. `null`: it is not sent yet. */
export function headOf(res: ServerResponse): string | null {
  const { _header: text } = res as ServerResponse & { readonly _header?: unknown }
  return typeof text === 'string' ? text : null
}

/** Bytes announced by `content-length`; `null`: not announced. */
export function contentLengthOf(headers: RecordedHeaders): number | null {
  const text = headers['content-length']
  const bytes = typeof text === 'string' ? Number(text) : Number.NaN
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null
}

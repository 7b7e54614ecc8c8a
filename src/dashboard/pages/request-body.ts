import type { BodyOmission, RecordedBody } from '../../model/body.js'
import { REDACTED } from '../../model/redacted.js'
import { bytes, count, plural, quantityText } from '../display.js'
import { escapeHtml, showControls } from '../escape.js'
import { layOutJson } from '../json-layout.js'
import type { PageContext } from '../page.js'

/** More is in the raw JSON: a page of megabytes helps nobody. */
const MAX_SHOWN_CHARS = 100_000
/** Lines and characters that stand there at once; all of it unfolds. */
const SHORT_LINES = 40
const SHORT_CHARS = 3_000

const WHY: Readonly<Record<BodyOmission, string>> = {
  binary: 'No text: its size and its type are kept.',
  encoded: 'Compressed in a way that could not be undone: its size and its type are kept.',
  unread: 'The app did not read it: its size and its type are kept.',
  overload: 'Too much was going on to keep it: its size and its type are.',
}

interface BodyView {
  /** `JSON, 318 B`, `first 65.5 kB of 650.0 kB` */
  readonly heading: string
  readonly type: string | null
  /** Its beginning. Safe to put into a page as it is; `null`: there is none. */
  readonly html: string | null
  /** All of it, where that is more. */
  readonly whole: string | null
  readonly wholeText: string
  readonly why: string | null
  readonly isTruncated: boolean
  readonly isMore: boolean
}

/** A body as a request's page shows it; `null`: none was kept. */
export async function bodyView(context: PageContext, body: RecordedBody | undefined): Promise<BodyView | null> {
  if (body === undefined) return null
  const { text, truncated, omitted } = body
  const laidOut = text === null ? null : shownText(body, text)
  const shown = laidOut?.slice(0, MAX_SHOWN_CHARS) ?? ''
  const lines = shown.split('\n')
  const short = lines.slice(0, SHORT_LINES).join('\n').slice(0, SHORT_CHARS)
  return {
    heading: headingOf(body),
    type: body.type,
    html: laidOut === null ? null : await html(context, body, short),
    whole: short.length < shown.length ? await html(context, body, shown) : null,
    wholeText: lines.length > SHORT_LINES ? plural(lines.length, 'line', 'lines') : `${count(shown.length)} characters`,
    why: omitted && WHY[omitted],
    isTruncated: truncated,
    isMore: (laidOut?.length ?? 0) > MAX_SHOWN_CHARS,
  }
}

function headingOf({ text, truncated, bytes: size }: RecordedBody): string {
  const whole = quantityText(bytes(size))
  if (!truncated || text === null) return size === null ? '' : whole
  return `first ${quantityText(bytes(Buffer.byteLength(text)))} of ${whole}`
}

function isJson({ format }: RecordedBody): boolean {
  return format === 'json' || format === 'multipart'
}

function shownText(body: RecordedBody, text: string): string {
  if (isJson(body)) return layOutJson(text, MAX_SHOWN_CHARS)
  return body.format === 'form' ? text.replaceAll('&', '\n&') : text
}

async function html({ highlight }: PageContext, body: RecordedBody, text: string): Promise<string> {
  const safe = isJson(body) ? await highlight(text, 'json') : escapeHtml(showControls(text))
  return safe.replaceAll(REDACTED, '<span class="redacted" title="Removed before it was stored">redacted</span>')
}

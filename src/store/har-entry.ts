import { STATUS_CODES } from 'node:http'
import type { RecordedBody } from '../model/body.js'
import type { RecordedHeaders, RecordedRequest, Recording } from '../model/recording.js'
import { isoTime } from '../model/recording-json.js'
import { searchOf } from '../model/url.js'

interface NameValue {
  readonly name: string
  readonly value: string
}

/**
 * A request as an entry of an HTTP Archive (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/), as it is stored:
 * what was masked stays masked, and what is not known is -1, as the format wants it. What the format has no place for
 * stands in fields that begin with an underscore.
 *
 * @param fallbackOrigin for a request that named no host
 * @returns `null` for what is no HTTP request
 */
export function harEntry(recording: Recording, fallbackOrigin: string): object | null {
  const { id, request, response, startedAt, durationMs } = recording
  if (request === null) return null
  const url = absoluteUrl(request.url, request.headers, fallbackOrigin)
  return {
    startedDateTime: isoTime(startedAt),
    time: durationMs,
    request: {
      method: request.method,
      url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: nameValues(request.headers),
      queryString: queryString(url),
      headersSize: -1,
      bodySize: request.body?.bytes ?? sizeOf(one(request.headers['content-length'])),
      ...postData(request),
    },
    response: responseOf(recording),
    cache: {},
    timings: { send: 0, wait: durationMs, receive: 0 },
    _id: id,
    _route: request.route,
    _aborted: response?.aborted ?? false,
    _queryCount: recording.queryCount,
    _sqlMs: recording.sqlMs,
    _queries: recording.queries.map(({ statement, bindings, startMs, durationMs, rowCount, callSite }) => ({
      ...{ statement, bindings, startMs, durationMs, rowCount, callSite },
    })),
  }
}

function responseOf({ response }: Recording): object {
  const headers = response?.headers ?? {}
  const status = response?.status ?? 0
  const size = response?.contentLength ?? response?.body?.bytes ?? -1
  return {
    status,
    statusText: STATUS_CODES[status] ?? '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: nameValues(headers),
    content: {
      size,
      mimeType: one(headers['content-type']) ?? 'application/octet-stream',
      ...textOf(response?.body),
    },
    redirectURL: one(headers.location) ?? '',
    headersSize: -1,
    bodySize: size,
  }
}

function postData({ headers, body }: RecordedRequest): object {
  if (body === undefined) return {}
  return { postData: { mimeType: one(headers['content-type']) ?? '', params: [], ...textOf(body) } }
}

/** The text as it is kept; why there is none, or that it is the beginning only, as a comment. */
function textOf(body: RecordedBody | undefined): object {
  if (body === undefined) return {}
  const { text, truncated, omitted } = body
  const comment = omitted ?? (truncated ? 'truncated' : null)
  return { text: text ?? '', ...(comment !== null && { comment }) }
}

function nameValues(headers: RecordedHeaders): readonly NameValue[] {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => ({ name, value: one })))
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

function sizeOf(contentLength: string | undefined): number {
  return contentLength !== undefined && /^\d{1,15}$/.test(contentLength) ? Number(contentLength) : -1
}

function absoluteUrl(url: string, headers: RecordedHeaders, fallbackOrigin: string): string {
  const host = one(headers.host)
  const origin = host !== undefined && /^[\w.:[\]-]+$/.test(host) ? `http://${host}` : fallbackOrigin
  // A proxy's client sends a whole URL, and asterisk form is no path.
  return url.startsWith('/') ? `${origin}${url}` : URL.canParse(url) ? url : `${origin}/${url}`
}

function queryString(url: string): readonly NameValue[] {
  return [...new URLSearchParams(searchOf(url))].map(([name, value]) => ({ name, value }))
}

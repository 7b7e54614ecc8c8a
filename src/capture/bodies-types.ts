import type { BodyFormat } from '../model/body.js'

/** `Application/JSON; charset=utf-8` is `application/json`; `null`: not said. */
export function mediaTypeOf(contentType: string | undefined): string | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase().slice(0, 200)
  return type ? type : null
}

/** The `charset` parameter; `null`: not said. */
export function charsetOf(contentType: string | undefined): string | null {
  return /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1]?.toLowerCase() ?? null
}

const BINARY = /^(?:image\/(?!svg\+xml)|audio\/|video\/|font\/|multipart\/)/
const TEXT =
  /^text\/|[/+](?:json|x-ndjson|json-seq|xml|yaml|x-yaml|toml|csv|graphql|javascript|x-javascript|ecmascript|sql|x-www-form-urlencoded|vnd\.api\+json)$/

/** Whether it may be text: it says so, or it says nothing. */
export function isTextual(contentType: string | undefined): boolean {
  const type = mediaTypeOf(contentType)
  return type === null || TEXT.test(type) || (!BINARY.test(type) && !type.startsWith('application/'))
}

export function isMultipart(contentType: string | undefined): boolean {
  return mediaTypeOf(contentType)?.startsWith('multipart/') ?? false
}

/** How a body of this type is to be read, if it is text. */
export function formatOf(type: string | null): BodyFormat {
  if (type === null) return 'text'
  if (/[/+](?:json|x-ndjson|json-seq)$/.test(type)) return 'json'
  if (type === 'application/x-www-form-urlencoded') return 'form'
  return type.startsWith('multipart/') ? 'multipart' : 'text'
}

import type { BodyFormat } from '../model/body.js'
import { remembered } from '../sql/remembered.js'

/** What a content-type says. */
interface ContentType {
  /** `null`: nothing. */
  readonly media: string | null
  readonly charset: string | null
  readonly isTextual: boolean
}

const BINARY = /^(?:image\/(?!svg\+xml)|audio\/|video\/|font\/|multipart\/)/
const TEXT =
  /^text\/|[/+](?:json|x-ndjson|json-seq|xml|yaml|x-yaml|toml|csv|graphql|javascript|x-javascript|ecmascript|sql|x-www-form-urlencoded|vnd\.api\+json)$/

// An app has few, and each is asked for several times with every request.
const read = remembered(
  (contentType: string): ContentType => {
    const media = contentType.split(';', 1)[0]?.trim().toLowerCase().slice(0, 200) || null
    const charset = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType)?.[1]?.toLowerCase() ?? null
    const isTextual = media === null || TEXT.test(media) || (!BINARY.test(media) && !media.startsWith('application/'))
    return { media, charset, isTextual }
  },
  { longest: 200, inAll: 10_000 },
)

/** `Application/JSON; charset=utf-8` is `application/json`; `null`: not said. */
export function mediaTypeOf(contentType: string | undefined): string | null {
  return contentType === undefined ? null : read(contentType).media
}

/** The `charset` parameter; `null`: not said. */
export function charsetOf(contentType: string | undefined): string | null {
  return contentType === undefined ? null : read(contentType).charset
}

/** Whether it may be text: it says so, or it says nothing. */
export function isTextual(contentType: string | undefined): boolean {
  return contentType === undefined || read(contentType).isTextual
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

/** How the text of a body is to be read. `multipart`: JSON of its fields and files, as the app's parser showed them. */
export type BodyFormat = 'json' | 'form' | 'multipart' | 'text' | 'binary'

/**
 * Why a body has no text. `binary`: it is none; `encoded`: compressed in a way that could not be undone; `unread`: the
 * app never read it; `overload`: too many bodies were waiting to be made ready.
 */
export type BodyOmission = 'binary' | 'encoded' | 'unread' | 'overload'

/** A body as it may be kept: decoded, masked, and cut to the limit. */
export interface RecordedBody {
  /** From the content-type header, in lower case and without parameters; `null`: not said. */
  readonly type: string | null
  /** All of it, as it was on its way: compressed, where it was. `null`: not known. */
  readonly bytes: number | null
  readonly format: BodyFormat
  /** `null`: nothing is kept of it. */
  readonly text: string | null
  /** Whether the text is only its beginning. */
  readonly truncated: boolean
  /** Why there is no text; `null`: there is. */
  readonly omitted: BodyOmission | null
}

import type { IncomingMessage } from 'node:http'

/** A text that says what the app's parser made of a body. */
export interface ParsedText {
  readonly text: string
  readonly isWhole: boolean
}

const MAX_DEPTH = 50
const MAX_FILES = 100

/**
 * What the app's own parser made of a request's body, as JSON: of one that had been read before silk saw it, and of
 * multipart, whose fields and files only a parser knows. `null`: no parser left anything.
 */
export function parsedBody(req: IncomingMessage, isMultipart: boolean, maxBytes: number): ParsedText | null {
  try {
    const { body, file, files } = req as { readonly body?: unknown; readonly file?: unknown; readonly files?: unknown }
    const parts = isMultipart ? attempt<readonly FileShown[]>([], () => filesOf(file, files)) : []
    const hasBody = typeof body === 'object' ? body !== null && !isEmpty(body) : body !== undefined
    if (!hasBody && parts.length === 0) return null
    if (attempt(false, () => body instanceof Uint8Array)) return null
    return boundedJson(isMultipart ? { fields: body ?? {}, files: parts } : body, maxBytes)
  } catch {
    return null
  }
}

function isEmpty(value: object): boolean {
  return attempt(false, () => {
    for (const _ in value) return false
    return true
  })
}

/** What the app's parser left may be a proxy that throws at every look. */
function attempt<T>(otherwise: T, look: () => T): T {
  try {
    return look()
  } catch {
    return otherwise
  }
}

interface FileShown {
  readonly field: string
  readonly name: string
  readonly type: string
  readonly bytes: number | null
}

/** As multer, express-fileupload and their like leave them: one, a list, or lists by field. */
function filesOf(file: unknown, files: unknown): readonly FileShown[] {
  const found: FileShown[] = []
  const add = (value: unknown, field: string): void => {
    if (found.length >= MAX_FILES || typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const one of value.slice(0, MAX_FILES)) add(one, field)
      return
    }
    const told = value as Readonly<Record<string, unknown>>
    found.push({
      field: textOf(told.fieldname) ?? field,
      name: textOf(told.originalname) ?? textOf(told.originalFilename) ?? textOf(told.name) ?? '',
      type: textOf(told.mimetype) ?? '',
      bytes: typeof told.size === 'number' ? told.size : null,
    })
  }
  add(file, '')
  if (Array.isArray(files)) add(files, '')
  else if (typeof files === 'object' && files !== null) {
    for (const [field, value] of Object.entries(files).slice(0, MAX_FILES)) add(value, field)
  }
  return found
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, 500) : null
}

const FULL: unique symbol = Symbol('full')

/**
 * JSON of anything: circular, endless, with getters that throw, without `toJSON` being asked. What is too deep is `"…"`,
 * what cannot be read `"<unreadable value>"`; it ends when it is as long as wanted.
 */
export function boundedJson(root: unknown, maxChars: number): ParsedText {
  const parts: string[] = []
  const within: object[] = []
  let room = maxChars
  try {
    write(root)
  } catch (error) {
    if (error !== FULL) throw error
    return { text: parts.join(''), isWhole: false }
  }
  return { text: parts.join(''), isWhole: true }

  function push(text: string): void {
    parts.push(text)
    room -= text.length
    if (room < 0) throw FULL
  }

  function write(value: unknown): void {
    if (typeof value === 'string') push(JSON.stringify(value.slice(0, room + 1)))
    else if (typeof value === 'number' || typeof value === 'boolean') push(JSON.stringify(value))
    else if (typeof value === 'bigint') push(`"${value}"`)
    else if (typeof value === 'object' && value !== null) writeObject(value)
    else push(value === null || value === undefined ? 'null' : `"<${typeof value}>"`)
  }

  function writeObject(value: object): void {
    const plain = attempt(UNREADABLE, () => plainText(value))
    if (plain !== null) push(plain)
    else if (within.length >= MAX_DEPTH || within.includes(value)) push('"…"')
    else {
      within.push(value)
      if (Array.isArray(value)) writeItems(value)
      else writeMembers(value)
      within.pop()
    }
  }

  function writeItems(items: readonly unknown[]): void {
    const length = attempt(null, () => items.length)
    push(length === null ? UNREADABLE : '[')
    if (length === null) return
    for (let index = 0; index < length; index++) {
      if (index > 0) push(',')
      write(readAt(items, index))
    }
    push(']')
  }

  function writeMembers(object: object): void {
    const names = attempt(null, () => Object.keys(object))
    push(names === null ? UNREADABLE : '{')
    if (names === null) return
    let separator = ''
    for (const name of names) {
      push(`${separator}${JSON.stringify(name.slice(0, room + 1))}:`)
      write(readAt(object as Readonly<Record<string, unknown>>, name))
      separator = ','
    }
    push('}')
  }
}

/** Of an object that is shown as one value; `null`: it has parts. By no method of its own: those are the app's. */
function plainText(value: object): string | null {
  if (ArrayBuffer.isView(value)) return `"<${value.byteLength} bytes>"`
  if (value instanceof Date) {
    const isValid = !Number.isNaN(Date.prototype.getTime.call(value))
    return isValid ? `"${Date.prototype.toISOString.call(value)}"` : 'null'
  }
  // Of a revoked proxy not even this can be told.
  Array.isArray(value)
  return null
}

const UNREADABLE_TEXT = '<unreadable value>'
const UNREADABLE = `"${UNREADABLE_TEXT}"`

function readAt<K extends string | number>(values: { readonly [key in K]?: unknown }, key: K): unknown {
  return attempt<unknown>(UNREADABLE_TEXT, () => values[key])
}

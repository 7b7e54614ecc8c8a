import type { RecordedBinding } from '../model/query.js'
import { REDACTED } from '../model/redacted.js'
import type { IsSecretName } from './mask-names.js'
import { maskAndShorten } from './mask-text.js'

const MAX_BINDINGS = 1_000
const MAX_DEPTH = 6
/** Names and values of an object that are looked at: enough for the 500 characters that are kept. */
const MAX_PARTS = 200

/**
 * Bindings as they may be kept: masked by the column they are for, and by form; of simple types; bounded.
 *
 * At most 1,000, then a mark of how many more there were. Never throws.
 *
 * @param placeholders what is known of each binding's place in the statement, in the same order
 */
export function maskBindings(
  bindings: readonly unknown[],
  placeholders: readonly BindingPlace[],
  isSecret: IsSecretName,
): RecordedBinding[] {
  const kept: RecordedBinding[] = []
  const count = Math.min(bindings.length, MAX_BINDINGS)
  for (let index = 0; index < count; index++) {
    kept.push(recorded(bindings[index], isSecretPlace(placeholders[index], isSecret), isSecret))
  }
  if (bindings.length > count) kept.push(`… (${bindings.length - count} more)`)
  return kept
}

/** Whose value a binding is; a value that is used twice (`$1`) has other columns too. */
export interface BindingPlace {
  readonly column: string | null
  readonly otherColumns?: readonly string[]
}

/** A binding beyond those that the fingerprint read is of an unknown column: then nothing is shown of it. */
function isSecretPlace(place: BindingPlace | undefined, isSecret: IsSecretName): boolean {
  if (place === undefined) return true
  return (place.column !== null && isSecret(place.column)) || (place.otherColumns?.some(isSecret) ?? false)
}

function recorded(value: unknown, secret: boolean, isSecret: IsSecretName): RecordedBinding {
  // That there is none is no secret.
  if (value === null || value === undefined) return null
  if (secret) return REDACTED
  try {
    return simple(value) ?? maskAndShorten(textOf(value, isSecret))
  } catch {
    return '<unreadable value>'
  }
}

/** `undefined`: not a simple value. */
function simple(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string') return maskAndShorten(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return maskAndShorten(String(value))
  if (typeof value === 'symbol') return maskAndShorten(value.toString())
  if (typeof value === 'function') return '<function>'
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `<Buffer ${value.byteLength} bytes>`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  return undefined
}

/** JSON as far as it goes: cut in depth and length, with the values of secret names masked. */
function textOf(root: unknown, isSecret: IsSecretName): string {
  const parts: string[] = []
  write(root, 0)
  return parts.join('')

  function write(value: unknown, depth: number): void {
    const json = withToJson(value)
    if (typeof json !== 'object' || json === null) parts.push(quoted(json))
    else if (simple(json) !== undefined) parts.push(quoted(simple(json)))
    else if (depth >= MAX_DEPTH) parts.push('…')
    else if (Array.isArray(json)) writeArray(json, depth)
    else writeObject(json, depth)
  }

  function writeArray(values: readonly unknown[], depth: number): void {
    parts.push('[')
    for (let index = 0; index < values.length; index++) {
      if (index > 0) parts.push(',')
      if (isFull()) break
      write(values[index], depth + 1)
    }
    parts.push(']')
  }

  function writeObject(object: object, depth: number): void {
    parts.push('{')
    for (const [index, name] of Object.keys(object).entries()) {
      if (index > 0) parts.push(',')
      if (isFull()) break
      parts.push(`${quoted(name)}:`)
      if (isSecret(name)) parts.push(quoted(REDACTED))
      else write((object as Record<string, unknown>)[name], depth + 1)
    }
    parts.push('}')
  }

  function isFull(): boolean {
    if (parts.length < MAX_PARTS) return false
    parts.push('…')
    return true
  }
}

/** As the driver sees it: decimals, moments and models say by toJSON() what they are. */
function withToJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const { toJSON } = value as { readonly toJSON?: unknown }
  return typeof toJSON === 'function' && !Buffer.isBuffer(value) ? toJSON.call(value) : value
}

function quoted(value: unknown): string {
  if (value === undefined) return 'null'
  return JSON.stringify(typeof value === 'string' ? maskAndShorten(value) : (simple(value) ?? null))
}

import type { RecordedBinding } from '../model/query.js'
import { REDACTED } from '../model/redacted.js'
import { maskLooks } from './mask-looks.js'
import type { IsSecretName } from './mask-names.js'
import { maskAndShorten } from './mask-text.js'
import type { MaskValue } from './mask-value.js'

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
  keep: MaskValue | null = null,
): RecordedBinding[] {
  const kept: RecordedBinding[] = []
  const count = Math.min(bindings.length, MAX_BINDINGS)
  for (let index = 0; index < count; index++) {
    const place = placeholders[index]
    const value = recorded(bindings[index], isSecretPlace(place, isSecret), isSecret)
    const isAsked = keep !== null && value !== null && value !== REDACTED
    kept.push(isAsked ? keep(`queries.bindings.${place?.column ?? index}`, value) : value)
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
    return simple(value, isSecret) ?? maskAndShorten(textOf(value, isSecret), isSecret)
  } catch {
    return '<unreadable value>'
  }
}

/** `undefined`: not a simple value. */
function simple(value: unknown, isSecret: IsSecretName): string | number | boolean | undefined {
  if (typeof value === 'string') return maskAndShorten(value, isSecret)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return maskNumber(value)
  if (typeof value === 'bigint') return maskAndShorten(String(value), isSecret)
  if (typeof value === 'symbol') return maskAndShorten(value.toString(), isSecret)
  if (typeof value === 'function') return '<function>'
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `<Buffer ${value.byteLength} bytes>`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  return undefined
}

function maskNumber(value: number): string | number {
  if (!Number.isFinite(value)) return String(value)
  // The number of a card is one of thirteen digits or more.
  return value < 1e12 || maskLooks(String(value)) !== REDACTED ? value : REDACTED
}

/** JSON as far as it goes: cut in depth and length, with the values of secret names masked. */
function textOf(root: unknown, isSecret: IsSecretName): string {
  const parts: string[] = []
  write(root, 0)
  return parts.join('')

  function write(value: unknown, depth: number): void {
    const json = withToJson(value)
    if (typeof json !== 'object' || json === null) parts.push(quoted(json, isSecret))
    else if (simple(json, isSecret) !== undefined) parts.push(quoted(simple(json, isSecret), isSecret))
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
      parts.push(`${quoted(name, isSecret)}:`)
      if (isSecret(name)) parts.push(JSON.stringify(REDACTED))
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

function quoted(value: unknown, isSecret: IsSecretName): string {
  return JSON.stringify(simple(value, isSecret) ?? null)
}

import { isIP } from 'node:net'
import { inspect } from 'node:util'
import * as v from 'valibot'
import type { ContextKind } from './capture/context.js'
import { SilkOptionError } from './errors.js'
import { SESSION_LABEL } from './model/session.js'
import { bodiesSchema, redactSchema } from './options-bodies.js'
import { choosingSchemas } from './options-choosing.js'
import { cpuProfileSchema } from './options-cpu-profile.js'
import { detectSchema } from './options-detect.js'
import { editorSchema } from './options-editor.js'
import type { KnexLike, SilkOptions } from './options-given.js'
import { nearestName } from './options-nearest.js'
import { notedSchemas } from './options-noted.js'
import { retentionSchema } from './options-retention.js'
import { group, isObject, quoted } from './options-schema-parts.js'
import { spanSchemas } from './options-spans.js'

// A schema's message says what is allowed; `optionError` makes the sentence around it.
const SESSION = 'a label of 1 to 80 characters on one line'
const FILE = "a file path, or ':memory:'"
const STORE = `${FILE}, or { client: 'better-sqlite3', connection: { filename } }`

const path = v.custom<string>(
  isMountPath,
  "a path such as '/silk' that starts with '/', does not end in '/', and has no wildcard, no query and no '..' in it",
)
const storeFile = v.custom<string>(isFile, FILE)
const context = v.picklist(['async-local-storage', 'cls-hooked'], "'async-local-storage' or 'cls-hooked'")
const session = v.pipe(v.string(SESSION), v.trim(), v.regex(SESSION_LABEL, SESSION))
const connection = group({ filename: storeFile }, STORE)
const storeObject = group({ client: v.literal('better-sqlite3', "'better-sqlite3'"), connection }, STORE)
const knex = v.custom<KnexLike>(isKnex, 'a knex instance, or an array of them')
const address = v.custom<string>(isAddressOrRange, "an IP address, or a CIDR range such as '10.0.0.0/8'")

const onOrOff = v.boolean('true or false')

const optionsSchema = group({
  enabled: v.optional(onOrOff),
  path: v.optional(path),
  store: v.optional(v.lazy((given) => (isObject(given) ? storeObject : v.custom<string>(isFile, STORE)))),
  knex: v.optional(v.lazy((given) => (Array.isArray(given) ? v.array(knex) : knex))),
  context: v.optional(context),
  session: v.optional(session),
  authorize: v.optional(v.custom<NonNullable<SilkOptions['authorize']>>(isFunction, 'a function (req) => boolean')),
  allowFrom: v.optional(v.array(address, "an array of IP addresses and CIDR ranges such as ['10.0.0.0/8']")),
  ...choosingSchemas,
  retention: v.optional(retentionSchema),
  bodies: v.optional(bodiesSchema),
  ...spanSchemas,
  cpuProfile: v.optional(cpuProfileSchema),
  ...notedSchemas,
  redact: v.optional(redactSchema),
  headers: v.optional(group({ id: v.optional(onOrOff), link: v.optional(onOrOff), serverTiming: v.optional(onOrOff) })),
  onFinding: v.optional(
    v.custom<NonNullable<SilkOptions['onFinding']>>(
      (value) => value === false || isFunction(value),
      'a function (finding) => void, or false',
    ),
  ),
  detect: v.optional(detectSchema),
  editor: v.optional(editorSchema),
  onError: v.optional(v.custom<(error: Error) => void>(isFunction, 'a function (error) => void')),
})

/**
 * The caller's options, checked and copied.
 *
 * @throws SilkOptionError for the first that cannot be used
 */
export function checkOptions(options: unknown): SilkOptions {
  const result = v.safeParse(optionsSchema, options, { abortEarly: true })
  if (result.success) return result.output
  throw optionError(result.issues[0])
}

/** @throws SilkOptionError naming the variable */
export function checkVariable(variable: 'SILK_PATH' | 'SILK_STORE' | 'SILK_SESSION', value: string): string
export function checkVariable(variable: 'SILK_CONTEXT', value: string): ContextKind
export function checkVariable(variable: keyof typeof variableSchemas, value: string): string {
  const result = v.safeParse(variableSchemas[variable], value)
  if (result.success) return result.output
  throw new SilkOptionError(
    variable,
    expectation(`environment variable \`${variable}\``, result.issues[0].message, value),
  )
}

const variableSchemas = { SILK_PATH: path, SILK_STORE: storeFile, SILK_CONTEXT: context, SILK_SESSION: session }

/** `Expected … to be …, got …`, with the value cut to a length that fits a line. */
export function expectation(what: string, allowed: string, value: unknown): string {
  return `Expected ${what} to be ${allowed}, got ${shown(value)}`
}

function optionError(issue: v.BaseIssue<unknown>): SilkOptionError {
  const keys = issue.path?.map(({ key }) => key) ?? []
  const option = dotted(keys)
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = issue.message.split(' ')
    const nearest = nearestName(String(keys.at(-1)), known)
    const hint = nearest === null ? '.' : `; did you mean \`${nearest}\`?`
    return new SilkOptionError(option, `Unknown option \`${option}\`${hint} Known: ${quoted(known)}.`)
  }
  // Error messages go to logs.
  if ((option === 'onDemand.secret' || option === 'cpuProfile.secret') && typeof issue.input === 'string') {
    const given = `Expected option \`${option}\` to be ${issue.message}, got ${issue.input.length} characters`
    return new SilkOptionError(option, given)
  }
  const what = option === '' ? 'the options' : `option \`${option}\``
  return new SilkOptionError(option, expectation(what, issue.message, issue.input))
}

/** `detect.nPlusOne.threshold`, `allowFrom[1]` */
function dotted(keys: readonly unknown[]): string {
  return keys.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${key}`)).join('')
}

function shown(value: unknown): string {
  let text: string
  try {
    text = inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 100, maxArrayLength: 5 })
  } catch {
    text = 'a value that cannot be shown'
  }
  const short = text.length > 120 ? `${text.slice(0, 120)}…` : text
  return value === null || value === undefined ? `\`${short}\`` : `\`${short}\` (${kindOf(value)})`
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** A knex instance is a function with a `client`; transactions and wrappers may be objects. */
function isKnex(value: unknown): boolean {
  const mayHaveClient = typeof value === 'function' || isObject(value)
  const client = mayHaveClient ? (value as Partial<KnexLike>).client : null
  return isObject(client) || typeof client === 'function'
}

function isMountPath(value: unknown): boolean {
  return typeof value === 'string' && /^(?:\/(?!\.\.?(?:\/|$))[\w.~!$&'@%,;=+-]+)+$/.test(value)
}

/** A URL is no file; `file:` URLs neither, since nobody expects a query string in a file name. */
function isFile(value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '' || value.includes('\0')) return false
  return value === ':memory:' || !/^(?:[a-z][a-z\d+.-]+:\/\/|file:)/i.test(value)
}

function isAddressOrRange(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const [address = '', bits, ...rest] = value.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

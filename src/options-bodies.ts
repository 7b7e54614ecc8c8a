import * as v from 'valibot'
import { group } from './options-schema-parts.js'

export interface BodiesOptions {
  /**
   * Bytes that are kept of each body; 0 keeps the size and the type alone.
   *
   * @default 65_536
   * @example silk({ bodies: { maxBytes: 16_384 } })
   */
  readonly maxBytes?: number | undefined
}

export interface RedactOptions {
  /**
   * Names of headers, cookies, query parameters, fields of bodies and columns whose values are masked, beyond the
   * built-in ones (`password`, `token`, `authorization` …). They match in any case as words of a name: `tax id` matches
   * `tax_id`, `taxId` and `customer-tax-id`.
   *
   * @default []
   * @example silk({ redact: { names: ['iban', 'tax id'] } })
   */
  readonly names?: readonly string[] | undefined
  /**
   * Whether `names` stand in the place of the built-in ones: then nothing else is masked by its name, neither
   * `authorization` nor `cookie`. What can be told by its form, as tokens and card numbers can, is masked all the same.
   *
   * @default false
   * @example silk({ redact: { names: ['authorization', 'cookie', 'password'], replace: true } })
   */
  readonly replace?: boolean | undefined
  /**
   * Asked for each value that is not masked by then, after the response: what it returns is kept in the place of the
   * value. It is given where the value stands (`request.body.user.email`, `request.headers.x-user`, `request.query.q`,
   * `response.body.items.0.name`, `queries.bindings.email`, `queries.statement.email`). Where it throws, or returns no
   * text, number, boolean or `null`, the value is masked.
   *
   * @default not set
   * @example silk({ redact: { value: (path, value) => (path.endsWith('.email') ? '[redacted]' : value) } })
   */
  readonly value?: ((path: string, value: string | number | boolean) => unknown) | undefined
}

/** The options with their defaults. */
export interface ResolvedRedaction {
  readonly names: readonly string[]
  readonly replace: boolean
  readonly value: NonNullable<RedactOptions['value']> | null
}

const DEFAULT_MAX_BYTES = 65_536
const MOST_BYTES = 16 * 1024 * 1024

const name = v.custom<string>(isName, 'a name with a letter or digit in it')
const BODIES = 'an object of options (`maxBytes`), or false'
const maxBytes = v.custom<number>(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MOST_BYTES,
  `an integer from 0 to ${MOST_BYTES}`,
)
const value = v.custom<NonNullable<RedactOptions['value']>>(
  (given) => typeof given === 'function',
  'a function (path, value) => value',
)

const bodiesGroup = group({ maxBytes: v.optional(maxBytes) }, BODIES)

export const bodiesSchema: v.GenericSchema<unknown, BodiesOptions | false> = v.lazy((given) =>
  given === false ? v.literal(false) : bodiesGroup,
)

export const redactSchema: v.GenericSchema<unknown, RedactOptions> = group({
  names: v.optional(v.array(name, "an array of names such as ['iban', 'tax id']")),
  replace: v.optional(v.boolean('true or false')),
  value: v.optional(value),
})

interface Given {
  readonly bodies?: BodiesOptions | false | undefined
  readonly redact?: RedactOptions | undefined
}

interface Resolved {
  /** `null`: no bodies are recorded. */
  readonly bodies: { readonly maxBytes: number | null }
  readonly redact: ResolvedRedaction
}

export function resolveBodies({ bodies, redact }: Given): Resolved {
  return {
    bodies: { maxBytes: bodies === false ? null : (bodies?.maxBytes ?? DEFAULT_MAX_BYTES) },
    redact: { names: redact?.names ?? [], replace: redact?.replace ?? false, value: redact?.value ?? null },
  }
}

/** As the settings page shows them. */
export function describeBodies({ bodies, redact }: Resolved): Readonly<Record<DescribedName, string>> {
  const { names, replace } = redact
  const listed = names.join(', ')
  const both = names.length === 0 ? 'the built-in names' : `the built-in names, and ${listed}`
  return {
    'bodies.maxBytes': bodies.maxBytes === null ? 'bodies are not recorded' : `${bodies.maxBytes} bytes of each`,
    'redact.names': replace ? listed || 'none' : both,
    'redact.replace': replace ? 'in the place of the built-in names' : 'beside the built-in names',
    'redact.value': redact.value ? 'a function' : 'not set',
  }
}

type DescribedName = 'bodies.maxBytes' | 'redact.names' | 'redact.replace' | 'redact.value'

function isName(given: unknown): boolean {
  return typeof given === 'string' && /[\p{L}\p{N}]/u.test(given)
}

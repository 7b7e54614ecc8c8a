import * as v from 'valibot'
import type { ConfiguredSpan } from './capture/spans/configured.js'
import { group, isObject } from './options-schema-parts.js'

/** Those of the options that say what becomes a span by itself. */
export interface SpanOptionsGiven {
  /**
   * Methods that are spans without touching their code: `module` is a package or a file relative to the project,
   * `export` the name of an export (default: the module itself, or its default export), `method` a method of the exported
   * class or object (default: the export is the function), `name` that of the spans. What is not found is warned of.
   *
   * CommonJS modules are waited for. ES modules are imported after the app's own start; of them methods of classes and
   * objects can be spans, and exported functions cannot, since nobody can replace an export.
   *
   * @default []
   * @example silk({ spans: [{ module: './src/reports.js', export: 'Reports', method: 'build' }] })
   * @example silk({ spans: [{ module: 'stripe', method: 'charge', name: 'payment' }] })
   */
  readonly spans?: readonly ConfiguredSpan[] | undefined
  /**
   * Whether each middleware and handler of Express is a span, so that it can be seen where the time went before a handler
   * began. It does work at every layer of every request.
   *
   * @default false
   * @example silk({ middleware: true })
   */
  readonly middleware?: boolean | undefined
  /**
   * Whether requests that the app sends while it answers one, by `fetch`, undici, `http` or `https`, are spans.
   *
   * @default true
   * @example silk({ outgoingHttp: false })
   */
  readonly outgoingHttp?: boolean | undefined
}

/** With the defaults filled in. */
export interface ResolvedSpans {
  readonly spans: readonly ConfiguredSpan[]
  readonly middleware: boolean
  readonly outgoingHttp: boolean
}

export type SpanSettingName = keyof ResolvedSpans

const text = (allowed: string): v.GenericSchema<string> =>
  v.custom<string>((given) => typeof given === 'string' && given.trim() !== '', allowed)

const configured = v.lazy((given): v.GenericSchema<unknown, ConfiguredSpan> => {
  const entry = group(
    {
      module: text("the name of a package, or a file relative to the project such as './src/reports.js'"),
      export: v.optional(text('the name of an export')),
      method: v.optional(text('the name of a method')),
      name: v.optional(text('the name of the spans')),
    },
    'an object such as { module, export, method, name }',
  )
  return isObject(given)
    ? entry
    : v.custom<ConfiguredSpan>(() => false, 'an object such as { module, export, method, name }')
})

export const spanSchemas: {
  readonly spans: v.OptionalSchema<v.GenericSchema<unknown, ConfiguredSpan[]>, undefined>
  readonly middleware: v.OptionalSchema<v.GenericSchema<unknown, boolean>, undefined>
  readonly outgoingHttp: v.OptionalSchema<v.GenericSchema<unknown, boolean>, undefined>
} = {
  spans: v.optional(v.array(configured, 'an array of { module, export, method, name }')),
  middleware: v.optional(v.boolean('true or false')),
  outgoingHttp: v.optional(v.boolean('true or false')),
}

export function resolveSpans({ spans, middleware, outgoingHttp }: SpanOptionsGiven): ResolvedSpans {
  return { spans: spans ?? [], middleware: middleware ?? false, outgoingHttp: outgoingHttp ?? true }
}

export function spanOrigins({
  spans,
  middleware,
  outgoingHttp,
}: SpanOptionsGiven): Readonly<Record<SpanSettingName, 'code' | 'default'>> {
  const origin = (given: unknown): 'code' | 'default' => (given === undefined ? 'default' : 'code')
  return { spans: origin(spans), middleware: origin(middleware), outgoingHttp: origin(outgoingHttp) }
}

/** As the settings page shows them. */
export function describeSpans({
  spans,
  middleware,
  outgoingHttp,
}: ResolvedSpans): Readonly<Record<SpanSettingName, string>> {
  const listed = spans.map(({ module, export: name, method }) => [module, name, method].filter(Boolean).join(' '))
  return {
    spans: listed.length === 0 ? 'none' : listed.join(', '),
    middleware: middleware ? 'spans' : 'no spans',
    outgoingHttp: outgoingHttp ? 'spans' : 'no spans',
  }
}

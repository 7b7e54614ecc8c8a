/** A path as Express takes it. */
export type DeclaredPath = string | RegExp | readonly DeclaredPath[]

type Params = Readonly<Record<string, unknown>>
type Matcher = (path: string) => { readonly params: Params; readonly path: string } | false

/** What the routers of Express 4 and 5 keep of one `use()` or one route, as far as silk reads it. */
export interface Layer {
  readonly handle?: unknown
  /** Own property of layers in a router's stack; undefined: made by `use()`. */
  readonly route?: { readonly path: DeclaredPath; readonly stack: readonly Layer[] } | undefined
  /** router 2.3 and later. */
  readonly rawPath?: DeclaredPath
  /** router 2 (Express 5). */
  readonly matchers?: readonly Matcher[]
  readonly slash?: boolean
  /** Express 4 and router 1. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
}

/** Whether the layer was mounted at '/', so that it takes nothing off the path. */
export function isMountedAtRoot(layer: Layer): boolean {
  return layer.slash === true || layer.regexp?.fast_slash === true
}

/**
 * The path that a `use()` layer was declared with, when it takes `concrete` off the URL: `/t/:id` for `/t/42`.
 * `null`: this layer does not match `concrete` as a whole.
 *
 * Newer routers keep the declared text. Older ones keep only a matcher, so the text is found by asking it: a segment
 * is put in place of each, and the parameter that takes it gives its name. Comparing values would not do: in
 * `/users/:name/users` for the user `users`, all three segments look like the parameter.
 */
export function declaredMount(layer: Layer, concrete: string): string | null {
  const matchers = layer.matchers ?? (layer.regexp ? [matcherOf(layer.regexp, layer.keys ?? [])] : [])
  for (const [index, matcher] of matchers.entries()) {
    const match = matchWhole(matcher, concrete)
    if (match === null) continue
    const declared = Array.isArray(layer.rawPath) ? layer.rawPath[index] : layer.rawPath
    if (declared !== undefined) return textOfMount(declared)
    return firstSpelling(layer, textOfRegExp(layer.regexp) ?? askedFor(matcher, concrete, match))
  }
  return null
}

/** Mounts end before the slash: `/t/` and `/t` take the same off the path. */
function textOfMount(declared: DeclaredPath): string {
  return typeof declared === 'string' ? declared.replace(/(?<!\/)\/+$/, '') : String(declared)
}

function matcherOf(regexp: RegExp, keys: readonly { readonly name: string | number }[]): Matcher {
  return (path) => {
    // The app's own RegExp with a g flag keeps its place here; it must not see that somebody asked.
    const { lastIndex } = regexp
    regexp.lastIndex = 0
    const match = regexp.exec(path)
    regexp.lastIndex = lastIndex
    if (match === null) return false
    const params: Record<string, string> = {}
    match.slice(1).forEach((value, index) => {
      const name = keys[index]?.name
      if (value !== undefined && name !== undefined) params[name] = value
    })
    return { params, path: match[0] }
  }
}

function matchWhole(matcher: Matcher, path: string): Params | null {
  const match = matcher(path)
  if (!match) return null
  return match.path === path || match.path === `${path}/` ? match.params : null
}

// What path-to-regexp 0.1 makes of a path given to use(); a RegExp of the app's own looks different.
const GENERATED = /^\^(?<text>.*?)(?:\\\/\??)?\(\?=\\\/\|\$\)$/
const GENERATED_OF_ARRAY = /^(?:\(\?:)?\^.*\|\^.*\(\?=\\\/\|\$\)\)?$/

/** For Express 4: a RegExp as written, a path without parameters as written; `null`: it has to be asked. */
function textOfRegExp(regexp: RegExp | undefined): string | null {
  if (regexp === undefined) return null
  if (GENERATED_OF_ARRAY.test(regexp.source)) return null
  const text = GENERATED.exec(regexp.source)?.groups?.text
  if (text === undefined) return String(regexp)
  const literal = text.replaceAll(/\\([/.])/g, '$1')
  return /^[\w/.~!@%&=,;'-]*$/.test(literal) ? literal : null
}

// One for any segment, one for parameters that take digits only (`/:id(\\d+)` in Express 4).
const PROBES = ['silk0silk', '918273645546372819']

function askedFor(matcher: Matcher, concrete: string, params: Params): string {
  if (Object.keys(params).length === 0) return concrete
  const segments = concrete.split('/')
  const names = segments.map((segment, index) => {
    const inPlace = (text: string): string => segments.with(index, text).join('/')
    return segment === '' ? '' : segmentName(matcher, inPlace, segment, params)
  })
  for (const [name, value] of Object.entries(params)) {
    // A parameter that takes no probe (`/:lang(de|en)`) is known by its value.
    if (names.some((found) => found.includes(`:${name}`)) || typeof value !== 'string' || /^\d/.test(name)) continue
    const index = names.findIndex((found, at) => found === segments[at] && decoded(found) === decoded(value))
    if (index > 0) names[index] = `:${name}`
  }
  // A wildcard takes several segments and was written once.
  return names.filter((name, index) => !name.startsWith('*') || name !== names[index - 1]).join('/')
}

function segmentName(matcher: Matcher, inPlace: (text: string) => string, segment: string, params: Params): string {
  for (const probe of PROBES) {
    const probed = Object.entries(matchWhole(matcher, inPlace(probe)) ?? {})
    const taker = probed.find(([, value]) => partsOf(value).includes(probe))
    if (taker === undefined) continue
    const [name, value] = taker
    if (/^\d+$/.test(name)) return '*'
    return value === probe ? `:${name}` : `*${name}`
  }
  return partName(matcher, inPlace, segment, params)
}

/** A wildcard's value is an array of segments in Express 5, a path in Express 4. */
function partsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : String(value).split('/')
}

/** Parameters that are a part of a segment: `/v:version`, `/:from-:to`. */
function partName(matcher: Matcher, inPlace: (text: string) => string, segment: string, params: Params): string {
  let declared = ''
  let rest = segment
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'string' || value === '') continue
    for (let at = rest.indexOf(value); at !== -1; at = rest.indexOf(value, at + 1)) {
      const before = segment.slice(0, segment.length - rest.length) + rest.slice(0, at)
      const after = rest.slice(at + value.length)
      if (!PROBES.some((probe) => matchWhole(matcher, inPlace(before + probe + after))?.[name] === probe)) continue
      declared += rest.slice(0, at) + (/^\d+$/.test(name) ? '*' : `:${name}`)
      rest = after
      break
    }
  }
  return declared + rest
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const spellings = new WeakMap<Layer, Map<string, string>>()
const MAX_SPELLINGS = 32

/** Routers take `/API` for `/api`; where the declared text is lost, the spelling that came first stands for all. */
function firstSpelling(layer: Layer, text: string): string {
  const known = spellings.get(layer) ?? new Map<string, string>()
  spellings.set(layer, known)
  const key = text.toLowerCase()
  const first = known.get(key)
  if (first !== undefined) return first
  if (known.size < MAX_SPELLINGS) known.set(key, text)
  return text
}

import { commentLines, shellQuote, shellWord } from './quote.js'
import type { ReplayRequest } from './replay-request.js'
import { plainText, type Template } from './template.js'

/** What Linux takes as one word of a command is 131,072 bytes. */
const LONGEST_WORD = 100_000

/** For bash and zsh. */
export function curlCommand(request: ReplayRequest): string {
  const { method, headers } = request
  const { body, comments } = wordOfBody(request)
  const words = [
    ...(method === 'HEAD' ? ['--head'] : method === 'GET' && body === null ? [] : [`--request ${shellQuote(method)}`]),
    ...pathFlags(request),
    shellWord([request.origin, ...request.target]),
    ...headers.map(([name, value]) => `--header ${curlHeader(name, value)}`),
    // By itself curl would call it a form.
    ...(body !== null && !hasHeader(request, 'content-type') ? ["--header 'content-type:'"] : []),
    // Not --data: its text is a file's name where it begins with an @.
    ...(body === null ? [] : [`--data-raw ${body}`]),
  ]
  return [...comments, ['curl --include', ...words].join(' \\\n  ')].join('\n')
}

function curlHeader(name: string, value: Template): string {
  return shellWord(plainText(value) === '' ? [`${name};`] : [`${name}: `, ...value], true)
}

/** Brackets are patterns to curl, and dots are gone before it sends them. */
function pathFlags({ target }: ReplayRequest): readonly string[] {
  const text = target.filter((part) => typeof part === 'string').join('')
  return [...(/[[\]]/.test(text) ? ['--globoff'] : []), ...(hasDots(text) ? ['--path-as-is'] : [])]
}

/** For HTTPie 3, in bash and zsh. */
export function httpieCommand(request: ReplayRequest): string {
  const { method, target, headers } = request
  const { body, comments } = wordOfBody(request)
  const text = target.filter((part) => typeof part === 'string').join('')
  const words = [
    ...(hasDots(text) ? ['--path-as-is'] : []),
    ...(body === null ? [] : [`--raw ${body}`]),
    shellQuote(method),
    shellWord([request.origin, ...target]),
    ...headers.map(([name, value]) => httpieHeader(name, value)),
    ...DEFAULTS.filter((name) => !hasHeader(request, name)).map((name) => `'${name}:'`),
  ]
  return [...comments, ...unsaid(headers), ['http --ignore-stdin', ...words].join(' \\\n  ')].join('\n')
}

/** What HTTPie adds of its own where it is not told otherwise. */
const DEFAULTS = ['accept', 'content-type'] as const

function httpieHeader(name: string, value: Template): string {
  if (plainText(value) === '') return shellWord([`${name};`], true)
  // `:=` would be JSON, `:@` a file.
  const [first] = value
  const guard = typeof first === 'string' && /^[=@:]/.test(first) ? '\\' : ''
  return shellWord([`${name}:${guard}`, ...value], true)
}

/** A backslash before one of HTTPie's own signs is taken away, and cannot be kept. */
function unsaid(headers: ReplayRequest['headers']): readonly string[] {
  const lost = headers.filter(([, value]) => value.some((part) => typeof part === 'string' && /\\[:=@;]/.test(part)))
  return commentLines(
    '#',
    lost.map(([name]) => `HTTPie takes a backslash away from the header ${name}.`),
  )
}

function wordOfBody({ body, notes, placeholders }: ReplayRequest): {
  readonly body: string | null
  readonly comments: readonly string[]
} {
  const comments = [...placeholderNote(placeholders), ...notes]
  if (body === null) return { body: null, comments: commentLines('#', comments) }
  const text = body.filter((part) => typeof part === 'string').join('')
  if (text.includes('\0') || text.length > LONGEST_WORD) {
    const why = text.includes('\0') ? 'holds a NUL' : `of ${text.length} characters`
    const note = `No command line can hold the body (${why}): put it into a file, and send that.`
    return { body: null, comments: commentLines('#', [...comments, note]) }
  }
  return { body: shellWord(body), comments: commentLines('#', comments) }
}

function placeholderNote(names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`silk has masked some values; set them first: ${names.join(', ')}`]
}

function hasHeader({ headers }: ReplayRequest, name: string): boolean {
  return headers.some(([one]) => one === name)
}

function hasDots(target: string): boolean {
  return /\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(target)
}

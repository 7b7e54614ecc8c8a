import * as v from 'valibot'
import { PageProblem } from './problem.js'

/**
 * Reads the query string of a page. An empty value counts as not given, as a form sends it for an untouched field;
 * unknown parameters are left alone.
 *
 * @throws PageProblem 400 that names the parameter, its value and what is allowed.
 */
export function parseQuery<TSchema extends v.GenericSchema>(
  schema: TSchema,
  query: URLSearchParams,
): v.InferOutput<TSchema> {
  const given: Record<string, string> = Object.create(null)
  for (const [name, value] of query) {
    if (value === '') continue
    if (name in given) {
      throw new PageProblem(400, 'Bad address', `The parameter "${name}" is given more than once.`)
    }
    given[name] = value
  }
  const result = v.safeParse(schema, { ...given })
  if (result.success) return result.output
  throw new PageProblem(400, 'Bad address', result.issues.map((issue) => sentence(issue, given)).join(' '))
}

function sentence(issue: v.BaseIssue<unknown>, given: Readonly<Record<string, string>>): string {
  const name = String(issue.path?.[0]?.key ?? '')
  if (name === '') return issue.message
  return `The parameter "${name}" has the value "${given[name] ?? ''}"; allowed: ${issue.message}.`
}

/** One of a list of words. */
export function oneOf<const TWords extends readonly [string, ...string[]]>(
  words: TWords,
): v.PicklistSchema<TWords, string> {
  return v.picklist(words, words.join(', '))
}

/** A whole number in a range. */
export function wholeNumber(minimum: number, maximum: number): v.GenericSchema<string, number> {
  const message = `a whole number from ${minimum} to ${maximum}`
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,9}$/, message),
    v.transform(Number),
    v.minValue(minimum, message),
    v.maxValue(maximum, message),
  )
}

/** A number of milliseconds, with decimals or without. */
export const milliseconds: v.GenericSchema<string, number> = v.pipe(
  v.string(),
  v.regex(/^\d{1,9}(\.\d{1,3})?$/, 'a number of milliseconds, such as 250 or 0.5'),
  v.transform(Number),
)

/** An id or key as silk itself hands them out. */
export const identifier: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^[\w:.-]{1,128}$/, 'an id or key as silk shows it'),
)

/** Free text of a bounded length. */
export function freeText(length: number): v.GenericSchema<string, string> {
  return v.pipe(v.string(), v.maxLength(length, `text of at most ${length} characters`))
}

import * as v from 'valibot'
import { HttpError, notFound } from './http-error.js'

/** The largest number that an `integer` column of PostgreSQL holds. */
const maxInteger = 2_147_483_647

const required = 'This field is required.'

const text = v.pipe(
  v.string('Must be a string.'),
  v.excludes('\0', 'Must not contain null characters.'), // PostgreSQL can't store them
)
const name = v.pipe(text, v.trim(), v.nonEmpty('May not be blank.'), v.maxLength(255, 'At most 255 characters.'))
const id = v.pipe(
  v.number('Must be a whole number.'),
  v.integer('Must be a whole number.'),
  v.minValue(1, 'Must be 1 or more.'),
  v.maxValue(maxInteger, `Must be at most ${maxInteger}.`),
)

export const credentials = v.object({ username: text, password: text }, required)
export const refreshToken = v.object({ refresh: text }, required)
export const collectionBody = v.object({ name }, required)
export const collectionChanges = v.object({ name: v.exactOptional(name) })
export const productBody = v.object({ name, collection_id: id }, required)
export const productChanges = v.object({ name: v.exactOptional(name), collection_id: v.exactOptional(id) })

/** How `?include=` gets the related rows: the same answer in each mode, by a different number of queries. */
const load = v.optional(
  v.picklist(['naive', 'naive-parallel', 'eager', 'join'], 'Must be one of: naive, naive-parallel, eager, join.'),
  'eager',
)

const listing = {
  limit: v.optional(numberInQuery(1)),
  offset: v.optional(numberInQuery(0)),
  search: v.optional(text),
}

export const collectionQuery = v.object({
  ...listing,
  include: v.optional(v.picklist(['products'], 'Must be: products.')),
  load,
})

export const productQuery = v.object({
  ...listing,
  collection_id: v.optional(numberInQuery(1)),
  include: v.optional(v.picklist(['collection'], 'Must be: collection.')),
  load,
})

function numberInQuery(minimum: number) {
  const message = `Must be a whole number from ${minimum} to ${maxInteger}.`
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,10}$/, message),
    v.transform(Number),
    v.minValue(minimum, message),
    v.maxValue(maxInteger, message),
  )
}

/**
 * The input as the schema understands it.
 *
 * @throws 400 with the messages by field: `{ "name": ["This field is required."] }`.
 */
export function validate<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  // A request without a body has none at all in Express 5.
  const result = v.safeParse(schema, input ?? {})
  if (result.success) return result.output
  throw new HttpError(400, v.flatten(result.issues).nested ?? { detail: 'Must be an object.' })
}

/**
 * The `:id` of a route.
 *
 * @throws 404 for what can't be an id.
 */
export function parseId(param: unknown): number {
  const id = /^\d+$/.test(String(param)) ? Number(param) : Number.POSITIVE_INFINITY
  if (id > maxInteger) throw notFound()
  return id
}

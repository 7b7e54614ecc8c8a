import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { tokenize } from '../../src/sql/tokenize.js'
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../support/fuzz-runs.js'

const numRuns = FUZZ_RUNS

/** Pieces that mean something to one dialect or another, between any text at all. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    ...'select insert into update delete from where set values in not and or between like is null limit'.split(' '),
    ..."( ) , ; . [ ] ' '' \" ` \\ \\' -- /* */ # \n ? ?1 $1 $2 $$ $a$ :name :: := @p0 @x = <> ->> #>> ?| ?& \\?".split(
      ' ',
    ),
    ...['a', 't.c', '"d e"', "E'e\\'s'", "x'ff'", "N'n'", '1.5', '.5', '1e9', '0x1f', 'é', '漢字', '\u0000', '\u2028'],
    ...['savepoint trx1', 'case when', 'end', 'cast(? as text)', 'array[', 'with a as (', 'union all', '\ud800', ' '],
  ),
  fc
    .constantFrom("'", '(', '/*', '--', '?', 'in (', '\\')
    .chain((text) => fc.nat(300).map((count) => text.repeat(count))),
)
const anyText = fc
  .tuple(fc.array(piece, { maxLength: 40 }), fc.constantFrom('', ' '))
  .map(([pieces, glue]) => pieces.join(glue))

/** Where a value stands, and which column's it is. */
const condition = fc
  .tuple(
    fc.constantFrom('a', '"a"', '`a`', 't.a', '"t"."a"'),
    fc.constantFrom('=', '<>', '>', '<=', 'like', 'not like', 'is not'),
  )
  .map((parts) => parts.join(' '))
/** What a text holds that nobody takes for a name; `\'` has two meanings, and is not for here. */
const secret = fc.string({ unit: fc.constantFrom(...'qxz789 -*/()?$:@,;"`[].=%_é漢'), minLength: 1, maxLength: 30 })
const quoted = (text: string): string => `'${text}'`

describe(`of ${numRuns} statements that nobody thought of`, () => {
  test(
    'each has tokens and a fingerprint on one line, the same each time',
    () => {
      fc.assert(
        fc.property(anyText, (sql) => {
          const print = fingerprint(sql)

          expect(print.text).not.toMatch(/[\n\r]/)
          expect(print.hash).toHaveLength(13)
          expect(fingerprint(`${sql} `.slice(0, -1))).toEqual(print)
          // Of ten thousand characters, no more tokens than characters, and no token out of nothing.
          expect(tokenize(sql).length).toBeLessThanOrEqual(sql.length)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'values written into one are not in its fingerprint, whatever they are, and change nothing of it',
    () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(condition, secret), { minLength: 1, maxLength: 5 }), (parts) => {
          const written = (values: readonly string[]): string =>
            `select * from t where ${parts.map(([left], at) => `${left} ${values[at]}`).join(' and ')}`
          const values = parts.map(([, text]) => `MARK${text}`)
          const print = fingerprint(written(values.map(quoted)))

          expect(print.text).not.toContain('MARK')
          expect(print.text).toBe(fingerprint(written(values.map(() => "'x'"))).text)
          for (const value of values) expect(print.literals).toContain(value)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'placeholders are counted as the driver counts them, however they are written',
    () => {
      const column = fc.constantFrom('a', 'b', 'c', 'collection_id', 'order')
      fc.assert(
        fc.property(
          fc.array(column, { minLength: 1, maxLength: 12 }),
          fc.boolean(),
          anyText,
          (columns, isNumbered, noise) => {
            const comment = `/* ${noise.slice(0, 500).replaceAll('*/', '').replaceAll('/*', '').replaceAll('*', '')} */`
            const sql = columns
              .map((name, at) => `"${name}" ${comment} = ${isNumbered ? `$${at + 1}` : '?'}`)
              .join(' and ')
            const { placeholders } = fingerprint(`update t set ${sql.replaceAll(' and ', ', ')} where ${sql}`)

            const names = placeholders.map((one) => one.column)
            expect(names).toEqual(isNumbered ? columns : [...columns, ...columns])
          },
        ),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )
})

import { describe, expect, test } from 'vitest'
import { createBindingNumbering } from '../../src/sql/binding-sets.js'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { indexableColumns } from '../../src/sql/indexable-columns.js'
import { whyNotExplained } from '../../src/sql/read-only-select.js'

/** Mulberry32 (Tommy Ettinger, 2017): the same numbers on every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const PIECES =
  `select insert into update delete from where set values ( ) ( ) , , ; . [ ] ' '' " \` \\ \\' -- /* */ # \n
 ? ? ? ?1 $1 $2 $$ $a$ :name :: := @p0 @x @@y = <> >= - + * / || | & ?| ?& \\? -> ->> #>> @> in not and or between
 like is null limit 10 offset fetch first top order by union all case when then else end as with a b t.c "q q" [r r]
 'str' E'e\\'s' x'ff' 1.5 .5 1e9 savepoint trx1 release rollback to any array cast int lower é 漢字 \u0000 \u2028 😀 ,`.split(
    / /,
  )

const NAMES = [
  'a',
  'collection_id',
  't.c',
  '"d"',
  '`e`',
  '[f]',
  '"Mixed"',
  '"two words"',
  '"order"',
  't."key"',
  'lower(x)',
  'count(*)',
]
const VALUES = [
  '?',
  '$1',
  ':x',
  '@p3',
  '7',
  '-7',
  "'it''s'",
  "E'\\n'",
  'null',
  '?::int',
  'cast(? as text)',
  'now()',
  '(?)',
]
const OPERATORS = ['=', '<>', '>', '<=', 'like', 'not like', 'is', 'is not', '->>', '||', '@>', '\\?', '-', '+']

function condition(random: (below: number) => number, depth: number): string {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T
  const name = pick(NAMES)
  const space = pick([' ', ' ', '\n', ' /* c */ '])
  switch (random(depth > 3 ? 4 : 7)) {
    case 0:
      return `${name} in (${Array.from({ length: random(4) + 1 }, () => pick(VALUES)).join(pick([',', ', ']))})`
    case 1:
      return `${name} between ${pick(VALUES)} and ${pick(VALUES)}`
    case 2:
      return `${name}${space}=${space}${pick(VALUES)}`
    case 3:
      return `${name} ${pick(OPERATORS)} ${pick(VALUES)}`
    case 4:
      return `(${condition(random, depth + 1)} or${space}${condition(random, depth + 1)})`
    case 5:
      return `${name} in (select ${pick(NAMES)} from t where ${condition(random, depth + 1)})`
    default:
      return `case when ${condition(random, depth + 1)} then ${pick(VALUES)} end = ${pick(VALUES)}`
  }
}

describe('whatever a statement is', () => {
  test('it has a fingerprint, and never an error', () => {
    const random = createRandom(20_261_122)
    for (let turn = 0; turn < 3_000; turn++) {
      const glue = random(3) === 0 ? '' : ' '
      const sql = Array.from({ length: random(40) }, () => PIECES[random(PIECES.length)]).join(glue)
      const { text, hash, placeholders } = fingerprint(sql)
      expect([typeof text, hash.length, Array.isArray(placeholders)], sql).toEqual(['string', 13, true])
      createBindingNumbering()(fingerprint(sql), [1, 'a', null])
      for (const start of ['', 'select * from a join b on ', 'select * from a where x = ? and ']) {
        indexableColumns(start + sql)
        whyNotExplained(start + sql)
      }
    }
  })

  test('it takes time in proportion to its length', () => {
    const hostile = [
      "'",
      '"',
      '`',
      '(',
      ')',
      '[',
      '[a',
      '$a$',
      '$',
      '/*',
      '/* */',
      '--',
      '\\',
      "\\'",
      '?',
      ':',
      '@',
      '#',
      '-',
      'in (',
      'in (?, ',
      'values (',
      'values ((?),',
      ', (',
      'case when ',
      'select (',
      'a.',
      "e'",
      '? = (',
      '(?, ',
      'with a as (',
      'into t (',
      '::',
      '\n#',
      ' ',
      'a.b = ? and ',
      'a join ',
      'union ',
      'not ',
    ]
    for (const piece of hostile) {
      const text = piece.repeat(60_000 / piece.length)
      expect(fingerprint(text).hash.length, piece).toEqual(13)
      for (const start of ['', 'select * from a where x = ? and ', 'with ', 'select * from ']) {
        indexableColumns(start + text)
        whyNotExplained(start + text)
      }
    }
  }, 20_000)
})

describe('a statement that makes sense', () => {
  test('has a fingerprint that is its own fingerprint', () => {
    const random = createRandom(7)
    for (let turn = 0; turn < 2_000; turn++) {
      const sql = `select * from t where ${condition(random, 0)} and ${condition(random, 0)}${random(2) ? ' limit 3' : ''}`
      const { text, operation } = fingerprint(sql)
      expect(fingerprint(text).text, sql).toEqual(text)
      expect(operation, sql).toEqual('select')
    }
  })
})

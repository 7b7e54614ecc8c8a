import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { createBindingNumbering } from '../../src/sql/binding-sets.js'
import { fingerprint } from '../../src/sql/fingerprint.js'

const ONE = 'select * from t where a = ?'

/** Numbers of one recording's queries. */
function numbers(...queries: readonly (readonly [sql: string, bindings: readonly unknown[]])[]): readonly string[] {
  const numbering = createBindingNumbering()
  return queries.map(([sql, bindings]) => {
    const { bindingSet, keyBindingSet } = numbering(fingerprint(sql), bindings)
    return `${bindingSet} ${keyBindingSet}`
  })
}

function areEqual(one: unknown, other: unknown): boolean {
  const [first, second] = numbers([ONE, [one]], [ONE, [other]])
  return first === second
}

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  toString(): string {
    return String(this.#cents)
  }
}

const long = 'x'.repeat(100_000)
const cycle: unknown[] = []
for (let index = 0; index < 100; index++) cycle.push(cycle)

describe('equal values have equal numbers', () => {
  test.each([
    ['numbers', 7, 7],
    ['strings', 'a', 'a'],
    ['long strings', `${long}a`.slice(0, -1), long],
    ['null', null, null],
    ['dates', new Date(5), new Date(5)],
    ["dates of another realm, as in Jest's", runInNewContext('new Date(5)'), new Date(5)],
    ['invalid dates', new Date(Number.NaN), new Date(Number.NaN)],
    ['big integers', 9n, 9n],
    ['bytes', Buffer.from('abc'), new Uint8Array([97, 98, 99])],
    ['arrays', [1, ['a']], [1, ['a']]],
    ['objects', { a: 1, b: { c: null } }, { a: 1, b: { c: null } }],
    ['values of a class', new Money(5), new Money(5)],
    ['what contains itself', cycle, cycle],
  ])('%s', (_, one, other) => {
    expect(areEqual(one, other)).toEqual(true)
  })
})

describe('different values have different numbers', () => {
  test.each([
    ['a number and a string', 1, '1'],
    ['null and its name', null, 'null'],
    ['null and undefined', null, undefined],
    ['true and its name', true, 'true'],
    ['true and 1', true, 1],
    ['a big integer and a number', 9n, 9],
    ['dates a millisecond apart', new Date(5), new Date(6)],
    ['dates of another realm', runInNewContext('new Date(5)'), runInNewContext('new Date(6)')],
    ['a date and its number', new Date(5), 5],
    ['long strings by their beginning', `a${long}`, `b${long}`],
    ['long strings by their length', long, `${long}x`],
    ['bytes', Buffer.from('abc'), Buffer.from('abd')],
    ['bytes and a string', Buffer.from('abc'), 'abc'],
    ['arrays', [1, 2], [2, 1]],
    ['arrays by what is nested in them', [[1], 2], [[1, 2]]],
    ['long arrays', Array(500).fill('a'), [...Array(499).fill('a'), 'b']],
    ['an array and its text', ['a'], '["a"]'],
    ['objects', { a: 1 }, { a: 2 }],
    ['objects by their keys', { a: 1 }, { b: 1 }],
    ['values of a class', new Money(5), new Money(6)],
    ['text with line breaks', 'a\nb', 'a'],
  ])('%s', (_, one, other) => {
    expect(areEqual(one, other)).toEqual(false)
  })
})

test('values of one query are kept apart from each other', () => {
  const two = 'select * from t where a = ? and b = ?'

  expect(numbers([two, ['a', 'b']], [two, ['b', 'a']], [two, ['a"', '"b']], [two, ['a', 'b']])).toEqual([
    '0 0',
    '1 1',
    '2 2',
    '0 0',
  ])
})

describe('what belongs to the key', () => {
  const inTwo = 'select * from t where a = ? and b in (?, ?)'
  const inOne = 'select * from t where a = ? and b in (?)'
  const paged = 'select * from t where a = ? limit ? offset ?'
  const any = 'select * from t where a = any($1)'

  test.each([
    ['single values', [ONE, [1]], [ONE, [2]], ['0 0', '1 1']],
    ['not the elements of a list', [inTwo, [1, 2, 3]], [inTwo, [1, 4, 5]], ['0 0', '1 0']],
    ['but the values beside it', [inTwo, [1, 2, 3]], [inTwo, [2, 2, 3]], ['0 0', '1 1']],
    ['an only element', [inOne, [1, 2]], [inOne, [1, 3]], ['0 0', '1 1']],
    ['not the page', [paged, [1, 10, 0]], [paged, [1, 10, 10]], ['0 0', '1 0']],
    ['not an array', [any, [[1, 2]]], [any, [[3, 4]]], ['0 0', '1 0']],
    ['an array of one element', [any, [[1]]], [any, [[2]]], ['0 0', '1 1']],
    ["not PostgreSQL's text of an array", [any, ['{1,2}']], [any, ['{3,4}']], ['0 0', '1 0']],
    ['values in the SQL', ['select 1 from t where a = 1', []], ['select 1 from t where a = 2', []], ['0 0', '1 1']],
    [
      'not lists in the SQL',
      ['select 1 from t where a in (1, 2)', []],
      ['select 1 from t where a in (1, 3)', []],
      ['0 0', '1 0'],
    ],
    [
      'not the page in the SQL',
      ['select 1 from t limit 10 offset 0', []],
      ['select 1 from t limit 10 offset 9', []],
      ['0 0', '1 0'],
    ],
    [
      'PostgreSQL by number',
      ['select 1 from t where a = $2 limit $1', [9, 1]],
      ['select 1 from t where a = $2 limit $1', [8, 1]],
      ['0 0', '1 0'],
    ],
    ['more bindings than placeholders', ['select 1', [1]], ['select 1', [2]], ['0 0', '1 1']],
  ] as const)('%s', (_, one, other, expected) => {
    expect(numbers(one, other)).toEqual(expected)
  })
})

test('values that cannot be read do no harm', () => {
  const throwing = {
    get a(): never {
      throw new Error('no')
    },
    toJSON(): never {
      throw new Error('no')
    },
    toString(): never {
      throw new Error('no')
    },
  }
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
      ownKeys: () => {
        throw new Error('no')
      },
      getPrototypeOf: () => {
        throw new Error('no')
      },
    },
  )
  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)

  expect(
    numbers(
      [ONE, [throwing]],
      [ONE, [hostile]],
      [ONE, [Object.create(null)]],
      [ONE, [deep]],
      [ONE, [Symbol('s')]],
      [ONE, [() => 1]],
      [ONE, [hostile]],
    ),
  ).toEqual(['0 0', '0 0', '0 0', '1 1', '2 2', '3 3', '0 0'])
})

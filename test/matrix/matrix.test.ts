import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loopLine, problemOf, type Seen } from './outcome.js'
import { NODES, nameOf, packagesOf, ROWS, sqliteOf } from './rows.js'
import { keyOf, tableOf, withTable } from './table.js'

const fixture = fileURLToPath(new URL('./fixture/', import.meta.url))
const document = readFileSync(fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url)), 'utf8')

const RIGHT: Seen = {
  node: '24.0.0',
  body: Array(10).fill('a title'),
  status: 200,
  route: '/authors',
  queryCount: 11,
  occurrences: [{ kind: 'n-plus-one', count: 10, callSite: { file: 'esm.mjs', line: 23 } }],
}
const [found] = RIGHT.occurrences
if (!found) throw new Error('There is a finding.')
const expected = { file: 'esm.mjs', line: 23 }

describe('what silk saw of an app', () => {
  test('is right', () => {
    expect(problemOf(RIGHT, expected)).toBeNull()
  })

  test.each<[string, Partial<Seen>, RegExp]>([
    ['another answer', { body: { error: 'x' } }, /the app answered/],
    ['another route', { route: null }, /the route is 200 null/],
    ['a query that is missing', { queryCount: 10 }, /10 queries in place of 11/],
    ['no finding', { occurrences: [] }, /no N\+1/],
    [
      'another finding',
      { occurrences: [{ ...found, kind: 'duplicate-query' }] },
      /no N\+1 among \["duplicate-query"\]/,
    ],
    ['a smaller finding', { occurrences: [{ ...found, count: 9 }] }, /an N\+1 of 9/],
    ['no line', { occurrences: [{ ...found, callSite: null }] }, /at null in place of esm\.mjs:23/],
    ['another line', { occurrences: [{ ...found, callSite: { file: 'esm.mjs', line: 22 } }] }, /at esm\.mjs:22/],
    ['another file', { occurrences: [{ ...found, callSite: { file: 'out/a.js', line: 23 } }] }, /at out\/a\.js:23/],
  ])('is wrong with %s', (_what, wrong, problem) => {
    expect(problemOf({ ...RIGHT, ...wrong }, expected)).toMatch(problem)
  })
})

test('the line of the loop is known in every app', () => {
  for (const { host } of ROWS)
    expect([host.file, loopLine(fixture, host.file)]).toEqual([host.file, expect.any(Number)])
  expect(ROWS.filter(({ host }) => loopLine(fixture, host.file) === 0)).toEqual([])
})

describe('the rows', () => {
  test('have each a name of its own', () => {
    expect(new Set(ROWS.map(nameOf)).size).toBe(ROWS.length)
  })

  test('have on each Node a better-sqlite3 that runs there', () => {
    for (const row of ROWS) {
      for (const node of row.nodes) expect([node, sqliteOf(row, node)]).not.toEqual([node, node === 20 ? '13' : ''])
      if (row.nodes.includes(24)) expect(sqliteOf(row, 24)).toBe('13')
    }
  })

  test('share an installation where their versions are the same', () => {
    const sets = new Set(ROWS.map((row) => packagesOf(row, 20).join()))

    expect(sets.size).toBe(12 + 1)
  })
})

describe('the table', () => {
  const [row = ROWS[0]] = ROWS
  if (!row) throw new Error('There is a row.')

  test('says what works, what fails, and what was not tried', () => {
    const results = new Map([
      [keyOf(row, 20), null],
      [keyOf(row, 22), 'no N+1'],
    ])

    expect(tableOf(results, [row]).split('\n').at(-1)).toBe(`| ${nameOf(row)} | works | fails | not tried |`)
  })

  test('takes the place of the one before it in the document', () => {
    const once = withTable(document, 'a table')

    expect(withTable(once, 'a table')).toBe(once)
    expect(once).toContain('# Compatibility')
    expect(once).toContain('## What to know')
    expect(once).not.toContain('| app |')
  })

  test('is not put into a document without its marks', () => {
    expect(() => withTable('# Other', 'a table')).toThrow('The document has no')
  })

  test('in the docs has all rows, and all of them work', () => {
    for (const each of ROWS) {
      const cells = NODES.map((node) => (each.nodes.includes(node) ? 'works' : '–'))
      expect(document).toContain(`| ${nameOf(each)} | ${cells.join(' | ')} |`)
    }
  })
})

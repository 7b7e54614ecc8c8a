import { describe, expect, test } from 'vitest'
import { candidatesFor, loadSqliteDriver } from '../../src/store/sqlite-driver.js'

describe('the SQLite driver', () => {
  const allowed = (nodeMajor: number, name: string, major: number): boolean =>
    candidatesFor(nodeMajor).some((one) => one.name === name && major >= one.from && major < one.below)

  test.each([
    [20, 'better-sqlite3', 12, true],
    [20, 'better-sqlite3', 13, false],
    [20, 'better-sqlite3-13', 13, false],
    [22, 'better-sqlite3', 12, true],
    [22, 'better-sqlite3-13', 13, true],
    [24, 'better-sqlite3', 12, false],
    [24, 'better-sqlite3', 13, true],
    [24, 'better-sqlite3-13', 13, true],
    [26, 'better-sqlite3', 14, true],
  ])('on Node %i may be %s %i: %s', (node, name, major, expected) => {
    expect(allowed(node, name, major)).toEqual(expected)
  })

  test('of this Node truly runs', () => {
    const Driver = loadSqliteDriver()
    const db = new Driver(':memory:')
    expect(db.prepare('SELECT 1 + 1').pluck().get()).toEqual(2)
    db.close()
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))
const text = readFileSync(`${root}docs/guarantees.md`, 'utf8')
const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:---|what|command|`npm)/.test(line))

test('each guarantee names the test that holds it, and that test is there', () => {
  expect(rows.length).toBeGreaterThan(25)
  for (const row of rows) {
    const named = [...row.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file)
    expect([row, named.length > 0, named.filter((file) => !existsSync(root + file))]).toEqual([row, true, []])
  }
})

import { expect, test } from 'vitest'
import { parseFrame } from '../../src/capture/stack.js'
import { httpFile } from '../../src/codegen/http-file.js'
import { replayRequest } from '../../src/codegen/replay-request.js'
import { backTo } from '../../src/dashboard/back.js'
import { layOutJson } from '../../src/dashboard/json-layout.js'
import { layOutSql } from '../../src/dashboard/sql-layout.js'
import { pathMatcher } from '../../src/path-matcher.js'
import { whyNotExplained } from '../../src/sql/read-only-select.js'
import { runnableSql } from '../../src/sql/runnable.js'

/** Pieces of texts on which a reader that goes back and forth, or looks through all that was before, takes minutes. */
const PIECES = [
  ...[
    "'",
    '"',
    '`',
    '[',
    '[[',
    '(',
    '{',
    '/*',
    ' /* ',
    '--',
    '$a$',
    '$',
    '\\',
    "'\\",
    "\\'",
    "e'",
    '?',
    '?, ',
    ':a',
    '@p1',
  ],
  ...[
    '\n',
    '\r',
    ' ',
    '\t\n',
    '\n<',
    '###',
    '_',
    '=',
    'a=',
    ';',
    'a;',
    '[redacted]',
    '[redacted]&',
    '"a":"[redacted]",',
  ],
  ...['/', '//', '/a', '/b', '/a/b', '.', '%', ' (', ':1', ':1:1', 'at ', 'a', '0', '<span ', '{{', '\ud800', '…'],
]
const LENGTH = 200_000
const BETWEEN = ['/a/**/b/**/c/**/d', '/**/*a*b*c*/**']

function replayed(text: string): void {
  const body = { format: 'text', text: text.slice(0, 65_536), truncated: false, bytes: text.length }
  const headers = { cookie: text, 'x-note': text, 'content-type': 'text/plain' }
  const request = { ...{ method: 'POST', url: `/x?a=${text}`, path: '/x', route: null }, headers, body }
  const made = replayRequest({ request, response: null, queryCount: 0 }, 'http://localhost')
  if (made !== null) httpFile(made)
}

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'the layout of a statement': layOutSql,
  'the layout of JSON': (text) => layOutJson(text, LENGTH * 4),
  'a statement to be run, of SQLite': (text) => runnableSql(text.slice(0, LENGTH / 2), [], 'sqlite'),
  'a statement to be run, of MySQL': (text) => runnableSql(text.slice(0, LENGTH / 2), ['a'], 'mysql'),
  'a statement to be run, of PostgreSQL': (text) => runnableSql(text.slice(0, LENGTH / 2), [1], 'postgresql'),
  'what may be explained': whyNotExplained,
  'a request as code': replayed,
  'a line of a stack': (text) => [parseFrame(`    at ${text}`), parseFrame(`    at a (${text}:1:1)`), parseFrame(text)],
  'the option ignore': (text) => pathMatcher(BETWEEN)(`/a/${text}`),
  'where a form leads back to': (text) => backTo('/', `?q=${text}`),
}

/** CPU time, so that a busy machine changes nothing. */
function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

test.each(Object.entries(READERS))(
  '%s takes time in proportion to a text, whatever it is',
  (_, read) => {
    for (const piece of PIECES) {
      const text = piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH)
      if (cpuMs(() => read(text)) < 300) continue
      const long = Math.min(
        cpuMs(() => read(text)),
        cpuMs(() => read(text)),
      )
      const quarter = Math.max(
        cpuMs(() => read(text.slice(0, LENGTH / 4))),
        cpuMs(() => read(text.slice(0, LENGTH / 4))),
      )
      expect([piece, long / Math.max(1, quarter) < 8]).toEqual([piece, true])
    }
  },
  120_000,
)

test('thousands of values that are not kept have a name each, in an insert of thousands of rows', () => {
  const row = '(?, ?)'
  const made = runnableSql(
    `insert into t (a, a_2) values ${Array.from({ length: 4_000 }, () => row).join(', ')}`,
    [],
    'sqlite',
  )
  expect(new Set(made?.missing).size).toBe(8_000)
  expect(made?.missing).toHaveLength(8_000)
})

test('thousands of masks in a body have a name each', () => {
  const text = '[redacted] '.repeat(5_000)
  const body = { format: 'text', text, truncated: false, bytes: 1 }
  const request = { method: 'POST', url: '/x', path: '/x', route: null, headers: {}, body }
  const made = replayRequest({ request, response: null, queryCount: 0 }, '')
  expect(new Set(made?.placeholders).size).toBe(5_000)
})

import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backTo } from '../../src/dashboard/back.js'
import { link } from '../../src/dashboard/links.js'
import { dashboardUrl } from '../../src/dashboard/mount.js'
import { listQuery, readRequestQuery, requestFilter } from '../../src/dashboard/pages/request-query.js'
import { PageProblem } from '../../src/dashboard/problem.js'
import type { RequestFilter } from '../../src/model/request-list.js'
import { pathMatcher } from '../../src/path-matcher.js'
import { naive, request } from '../store/sample-recordings.js'
import { openStore, tempFolder } from '../store/temp-store.js'
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../support/fuzz-runs.js'

const numRuns = FUZZ_RUNS
const NOW = Date.UTC(2026, 10, 22, 12)

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    ...["'; drop table recordings; --", '%', '_', '\\', "' or 1=1 --", '\u0000', '\ud800', '__proto__', '(none)', '-1'],
    ...['1e9', '0x10', ' 1 ', '9'.repeat(400), 'NaN', '-time', '5xx', '404', 'aborted', '24h', '0m', '9999d', 'any'],
    ...['2026-11-22', '2026-02-31', '2026-11-22T08:40', '9999-12-31T23:59:59.999Z', '0000-01-01', '[', '?', '#', '&'],
    ...['n-plus-one', 'request', 'job', '1', '250', '0.5', '200', 'GET', 'select', '"collections"', '$', '../..'],
    ...['00000000-0000-0000-0000-000000000000', '019a0000-0000-7000-8000-000000000001', '1:019a', '99:0'],
  ),
)
/** What each parameter takes in earnest, so that whole queries get through as well. */
const earnest: Readonly<Record<string, readonly string[]>> = {
  kind: ['request', 'job', 'background'],
  method: ['GET', 'post', 'M-SEARCH'],
  status: ['200', '4xx', 'aborted', '599'],
  min_ms: ['0', '0.5', '250', '999999999'],
  min_queries: ['0', '51', '1000000'],
  min_sql_ms: ['0', '12.345'],
  has: ['any', 'n-plus-one', 'slow-query'],
  errors: ['1'],
  exceptions: ['1'],
  since: ['30m', '24h', '7d', '9999d', '2026-11-22', '2026-11-22T08:40', '2026-11-22T08:40:01.5+02:00'],
  until: ['0s', '1h', '2026-11-22', '2999-01-01T00:00Z'],
  finding: ['fffffffffffff', 'a:b.c-d_e'],
  statement: ['0000000000000', 'zz'],
  sort: ['-time', 'time', '-duration', 'duration', '-queries', 'queries', '-sql', 'sql'],
  before: ['019a0000-0000-7000-8000-000000000001', '12:019a0000-0000-7000-8000-000000000001', 'x'],
  limit: ['1', '50', '200'],
}
const FREE = ['route', 'q', 'sql', 'table', 'session', 'after', 'page', 'utm_source']
const parameter = fc
  .constantFrom(...Object.keys(earnest), ...FREE)
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      earnest[name] === undefined
        ? anyText
        : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...earnest[name]) }, anyText),
    ),
  )
const search = fc
  .uniqueArray(parameter, { maxLength: 6, selector: ([name]) => name })
  .map((pairs) => pairs.map(([name, value]): [string, string] => [name, value]))

/** What the list of requests is asked for; `null`: the address is told to be bad. */
function filterOf(given: URLSearchParams): RequestFilter | null {
  try {
    return requestFilter(readRequestQuery(given), NOW)
  } catch (error) {
    if (!(error instanceof PageProblem)) throw error
    expect([error.status, error.message.includes('The parameter')]).toEqual([400, true])
    return null
  }
}

describe(`of ${numRuns} addresses`, () => {
  test(
    'each is understood, or is a 400 that names the parameter; what is understood stands in links as it was meant',
    () => {
      fc.assert(
        fc.property(search, (pairs) => {
          const filter = filterOf(new URLSearchParams(pairs))
          if (filter === null) return

          for (const time of [filter.since, filter.until]) expect(Number.isFinite(time ?? 0)).toBe(true)
          const query = readRequestQuery(new URLSearchParams(pairs))
          const again = new URL(link('', '/requests', listQuery(query)), 'http://a.test').searchParams
          const { before: _, after: __, ...lasting } = filter
          expect(filterOf(again)).toEqual(lasting)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'what the store is asked finds what is there and harms nothing',
    async () => {
      const { store, warnings } = openStore({ file: join(tempFolder(), 'silk.db') })
      for (const one of [naive(), request({ status: 500 }, 1), request({ session: "it's" }, 2)]) store.writer.push(one)
      await store.writer.flush()
      await fc.assert(
        fc.asyncProperty(search, async (pairs) => {
          const filter = filterOf(new URLSearchParams(pairs))
          if (filter === null) return
          const { items } = await store.reader.requests(filter)

          expect(items.length).toBeLessThanOrEqual(3)
        }),
        { numRuns },
      )
      expect((await store.reader.requests({ limit: 10 })).items).toHaveLength(3)
      expect(warnings).toEqual([])
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'of anything at all behind a question mark too',
    () => {
      fc.assert(
        fc.property(
          fc.string({ unit: fc.constantFrom(...'=&%+?#ab1\u0000é['), maxLength: 60 }),
          anyText,
          (text, more) => {
            filterOf(new URLSearchParams(`${text}&q=${more}`))
            filterOf(new URLSearchParams(text))
          },
        ),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )
})

describe(`of ${numRuns} paths`, () => {
  const path = fc.oneof(
    anyText.map((text) => `/${text}`),
    fc
      .array(fc.constantFrom('silk', 'a', '.', '..', '', 'b.js', '%2e', '.json', '*', 'x?y'), { maxLength: 8 })
      .map((parts) => `/${parts.join('/')}`),
  )

  test(
    'those below the mount path alone are the dashboard’s, and lead back to this site alone',
    () => {
      fc.assert(
        fc.property(path, anyText, (from, query) => {
          const url = dashboardUrl(from, '/silk')
          const before = from.split('?', 1)[0] ?? ''

          expect(url !== null).toBe(before === '/silk' || before === '/silk.json' || before.startsWith('/silk/'))
          if (url !== null) expect(url).toMatch(/^\//)
          const back = backTo(from, `?${query}`)
          expect(new URL(back, 'http://here.test').origin).toBe('http://here.test')
          expect(back).not.toMatch(/[\s"<>\\]|^\/\//)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'each is ignored by the option `ignore` exactly when a rule says so, segment by segment',
    () => {
      const part = fc.constantFrom('a', 'b', 'a.b', 'a+', '(a)', '*', '**', 'a*', '*.js', 'x.js', '$', '[a]', 'aa')
      const rule = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`)
      const asked = fc
        .array(fc.constantFrom('a', 'b', 'a.b', 'a+', '(a)', 'x.js', '$', '[a]', 'aa', 'axb'), { maxLength: 6 })
        .map((parts) => `/${parts.join('/')}`)
      fc.assert(
        fc.property(fc.array(rule, { maxLength: 3 }), asked, (rules, one) => {
          expect(pathMatcher(rules)(one)).toBe(rules.some((each) => isMatched(each.slice(1), one.slice(1))))
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )
})

/** The rule by its words: without stars the path and what is below it; else `*` within a segment, `**` any segments. */
function isMatched(rule: string, path: string): boolean {
  if (!rule.includes('*')) return path === rule || path.startsWith(`${rule}/`)
  return areMatched(rule.split('/'), path.split('/'))
}

function areMatched([rule, ...rules]: readonly string[], path: readonly string[]): boolean {
  if (rule === undefined) return path.length === 0
  if (rule === '**') {
    const isLast = rules.length === 0
    return path.some((_, at) => isLast || areMatched(rules, path.slice(at))) || (!isLast && areMatched(rules, path))
  }
  const [segment, ...segments] = path
  return segment !== undefined && isSegment(rule, segment) && areMatched(rules, segments)
}

function isSegment(rule: string, text: string): boolean {
  const star = rule.indexOf('*')
  if (star === -1) return rule === text
  const [head, tail] = [rule.slice(0, star), rule.slice(star + 1)]
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail)
}

import { commentLines, jsLiteral, jsString } from './quote.js'
import type { ReplayRequest, ReplaySource } from './replay-request.js'

/** A finding, as far as its test is concerned. */
export interface TestedFinding {
  readonly kind: string
  readonly message: string
  /** How many queries repeat. */
  readonly count: number
}

// Kinds of which the fix leaves one query of those that repeat.
const REPEATING: ReadonlySet<string> = new Set(['n-plus-one', 'duplicate-query', 'write-loop'])
// Kinds that rest on milliseconds: a test of them fails on a slow day.
const TIMED: ReadonlySet<string> = new Set([
  ...['slow-query', 'sequential-queries', 'pool-wait', 'long-transaction', 'late-query', 'missing-index'],
  'repeated-across-requests',
])

/** A test for vitest and supertest that sends the request to the app and expects what was seen. */
export function replayTest(source: ReplaySource, request: ReplayRequest): string {
  const { response, queryCount } = source
  const status = response?.status ?? null
  const type = response?.headers['content-type']
  return testFile(
    request,
    `${request.method} ${source.request.route ?? source.request.path} answers ${status ?? 'as before'}`,
    [
      ...(status === null ? [] : [`expect(response.status).toBe(${status})`]),
      ...(typeof type === 'string' ? [`expect(response.headers['content-type']).toBe(${jsString(type)})`] : []),
      `expect(queryCount).toBe(${queryCount})`,
    ],
    { isBudget: false, advice: 'It needs the rows that the request met.' },
  )
}

/** A test that fails while the finding is there, and from then on when it comes back. */
export function regressionTest(source: ReplaySource, request: ReplayRequest, finding: TestedFinding): string {
  const { kind, count } = finding
  const budget = REPEATING.has(kind) ? Math.max(1, source.queryCount - count + 1) : source.queryCount
  const advice = TIMED.has(kind)
    ? 'It needs rows as the request met them; the finding rests on time, so the budget is the surer part of it.'
    : 'It needs as many rows as the request met: with fewer there is no finding in either state.'
  return testFile(
    request,
    `${request.method} ${source.request.route ?? source.request.path} has no ${kind}`,
    [
      ...(source.response?.status == null ? [] : [`expect(response.status).toBe(${source.response.status})`]),
      ...commentLines('//', [`It sent ${source.queryCount}: ${finding.message}`]),
      `expect(queryCount).toBeLessThanOrEqual(${budget})`,
      `expect(occurrences.filter(({ kind }) => kind === ${jsString(kind)})).toEqual([])`,
    ],
    { isBudget: true, advice },
  )
}

function testFile(
  request: ReplayRequest,
  title: string,
  expectations: readonly string[],
  { isBudget, advice }: { readonly isBudget: boolean; readonly advice: string },
): string {
  const { notes, placeholders } = request
  const masked =
    placeholders.length === 0 ? [] : [`silk has masked some values; set them first: ${placeholders.join(', ')}`]
  const taken = isBudget ? 'result: response, queryCount, occurrences' : 'result: response, queryCount'
  return [
    "import express from 'express'",
    "import silk from 'express-silk'",
    "import { recordQueries } from 'express-silk/testing'",
    "import supertest from 'supertest'",
    "import { afterAll, expect, test } from 'vitest'",
    "import { app } from '../src/app.js' // your app, before it listens",
    '',
    ...commentLines('//', [advice, ...masked, ...notes]),
    "const profiler = silk({ store: ':memory:', onFinding: false })",
    'const server = express().use(profiler, app)',
    'afterAll(() => profiler.close())',
    '',
    `test(${jsString(title)}, async () => {`,
    `  const { ${taken} } = await recordQueries(() =>`,
    ...requestLines(request).map((line) => `    ${line}`),
    '  )',
    '',
    ...expectations.map((line) => `  ${line}`),
    '})',
    '',
  ].join('\n')
}

const SUPERTEST_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** One call a line; repeated headers go as one list. */
function requestLines({ method, target, headers, body }: ReplayRequest): readonly string[] {
  const named = new Map<string, string[]>()
  for (const [name, value] of headers) named.set(name, [...(named.get(name) ?? []), jsLiteral(value)])
  const begin = SUPERTEST_METHODS.has(method)
    ? `.${method.toLowerCase()}(${jsLiteral(target)})`
    : `[${jsString(method.toLowerCase())}](${jsLiteral(target)})`
  const lines = [
    ...[...named].map(([name, values]) => {
      const value = values.length === 1 ? values[0] : `[${values.join(', ')}]`
      return `.set(${jsString(name)}, ${value})`
    }),
    ...(body === null ? [] : [`.send(${jsLiteral(body)})`]),
  ]
  const first = SUPERTEST_METHODS.has(method) ? ['supertest(server)', `  ${begin}`] : [`supertest(server)${begin}`]
  return [...first, ...lines.map((line) => `  ${line}`)]
}

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Occurrence } from '../../../src/model/finding.js'
import { analyzeRun } from '../analyze-run.js'
import { CASES } from '../cases/index.js'
import { type CaseRecorder, type CaseRun, startRecorder } from '../record.js'
import { checkFix } from './check-fix.js'

const NAMES = [
  'for-of-with-await',
  'resolvers-of-two-fields',
  'repository-find-in-a-loop',
  'insert-per-name-in-a-for-of',
  'inserts-inside-a-transaction',
  'links-of-a-book',
  'links-counted-in-the-app',
]
const cases = CASES.filter(({ name }) => NAMES.includes(name))

let recorder: CaseRecorder

beforeAll(async () => {
  recorder = await startRecorder({ engine: 'SQLite', postgresUrl: '', cases })
})
afterAll(() => recorder.close())

async function firstFinding(name: string): Promise<{ readonly run: CaseRun; readonly occurrence: Occurrence }> {
  const corpusCase = cases.find((one) => one.name === name)
  if (corpusCase === undefined) throw new Error(`no case ${name}`)
  const run = await recorder.run(corpusCase)
  const [occurrence] = analyzeRun(run)
  if (occurrence === undefined) throw new Error(`no finding in ${name}`)
  return { run, occurrence }
}

function withCode(occurrence: Occurrence, code: string): Occurrence {
  return { ...occurrence, fix: { summary: '', code } }
}

test.each(NAMES)('the fix of %s gives the same rows', async (name) => {
  const { run, occurrence } = await firstFinding(name)

  const check = await checkFix(run, occurrence, recorder.inFirstState)

  expect(check).toMatchObject({ outcome: 'same', reason: null })
})

test('a read that gives other rows is told', async () => {
  const { run, occurrence } = await firstFinding('for-of-with-await')
  const code = occurrence.fix?.code?.replace("whereIn('author_id', values)", "whereIn('id', values)") ?? ''

  const check = await checkFix(run, withCode(occurrence, code), recorder.inFirstState)

  expect(code).toContain("whereIn('id', values)")
  expect(check).toMatchObject({ outcome: 'other', reason: 'other rows of author_id 1' })
})

test('a write that leaves other rows is told', async () => {
  const { run, occurrence } = await firstFinding('insert-per-name-in-a-for-of')

  const check = await checkFix(
    run,
    withCode(occurrence, "await knex('tags').insert(rows.slice(1))"),
    recorder.inFirstState,
  )

  expect(check).toMatchObject({ outcome: 'other', reason: 'other contents of the tables' })
})

test('code that fails is told with its error', async () => {
  const { run, occurrence } = await firstFinding('for-of-with-await')
  const code = occurrence.fix?.code?.replace("knex('books')", "knex('bookz')") ?? ''

  const check = await checkFix(run, withCode(occurrence, code), recorder.inFirstState)

  expect(check?.outcome).toBe('other')
  expect(check?.reason).toContain('no such table: bookz')
})

test('code that takes what only the app knows is not run', async () => {
  const { run, occurrence } = await firstFinding('for-of-with-await')

  const check = await checkFix(
    run,
    withCode(occurrence, "const page = await knex('books').where(filter)"),
    recorder.inFirstState,
  )

  expect(check).toMatchObject({
    outcome: 'not run',
    reason: 'it takes `filter`, of which only the app knows what it is',
  })
})

test('nothing is left in the database', async () => {
  const { run, occurrence } = await firstFinding('insert-per-name-in-a-for-of')
  await checkFix(run, occurrence, recorder.inFirstState)

  const rows = await recorder.inFirstState(run.corpusCase, ({ db }) => db('tags').select('id'))

  expect(rows).toHaveLength(8)
})

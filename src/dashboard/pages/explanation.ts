import type { Explanation, IndexAdvice, Plan, PlanStep, SqlDialect } from '../../model/explain.js'
import type { StatementDetail } from '../../model/statement.js'
import { guessDialect } from '../../sql/dialect.js'
import { clock, count, prose } from '../display.js'
import { type Highlighter, highlightLines } from '../highlight.js'
import { statementLink } from '../links.js'
import type { PageContext } from '../page.js'
import { badge } from '../severity.js'

/** Deeper steps are told as deep as this. */
const DEEPEST = 6

/** The section "Plan and indexes" of a statement's page. `null`: nothing is known, and nothing can be asked. */
export async function explanationModel(
  context: PageContext,
  statement: StatementDetail,
  explanation: Explanation | null,
): Promise<object | null> {
  const { base, now, inspector, csrfToken, highlight } = context
  const { summary, findings } = statement
  const canExplain = inspector !== null && summary.operation === 'select'
  if (explanation === null && !canExplain) return null
  const known = findings.find(({ kind }) => kind === 'missing-index')
  const { share = 0, state = 'open' } = known ?? {}
  return {
    caption: captionOf(explanation, now),
    advice: await Promise.all(
      (explanation?.advice ?? []).map((advice, index) => adviceModel(highlight, advice, index)),
    ),
    badge: badge('missing-index', share, state),
    plan: explanation?.plan && {
      title: explanation.plan.isMeasured ? 'Plan, run for real' : 'Plan',
      rowsLabel: rowsLabel(explanation.plan),
      steps: explanation.plan.steps.map(stepModel),
    },
    notes: (explanation?.notes ?? []).map(prose),
    // Opening a page changes nothing: only the button makes a finding of it.
    isUnkept: explanation !== null && explanation.advice.length > 0 && explanation.plan === null && known === undefined,
    isServed: explanation !== null && explanation.dialect !== null && explanation.advice.length === 0,
    form: canExplain ? { action: `${statementLink(base, summary.id)}#plan`, csrf: csrfToken() } : null,
    canMeasure: canExplain && isMeasurable(explanation?.dialect ?? (await dialectOf(context, statement))),
  }
}

/** SQLite tells its plan only; and where nothing is known of the database, it cannot be asked at all. */
function isMeasurable(dialect: SqlDialect | null): boolean {
  return dialect !== null && dialect !== 'sqlite'
}

/** Of the database that the statement was last sent to; `null`: not known. */
async function dialectOf(
  context: PageContext,
  { summary, example, recentRecordings }: StatementDetail,
): Promise<SqlDialect | null> {
  const [newest] = recentRecordings
  const one = { from: 0, limit: 1, fingerprint: summary.id }
  const view = newest === undefined ? null : await context.reader.requestView(newest.id, one)
  const connection = view?.queries[0]?.connection
  return connection === undefined ? null : (context.dialectOf(connection) ?? guessDialect(connection, example))
}

function captionOf(explanation: Explanation | null, now: number): string {
  if (explanation === null) return 'asked for on demand, never while recording'
  return `of ${explanation.connection ?? 'a connection that is not known'}, asked at ${clock(new Date(now), true)}`
}

/** `null`: the database tells of no step how many rows it has, as SQLite does not. */
function rowsLabel({ steps, isMeasured }: Plan): string | null {
  if (steps.every(({ rows }) => rows === null)) return null
  return isMeasured ? 'Rows' : 'Rows, estimated'
}

async function adviceModel(highlight: Highlighter, advice: IndexAdvice, index: number): Promise<object> {
  return {
    id: `index-${index + 1}`,
    sentence: prose(advice.message),
    createIndex: await highlight(advice.createIndex, 'sql'),
    migration: await highlightLines(highlight, advice.migration, 'typescript'),
    isVerified: advice.isVerified,
    verification: prose(advice.verification),
  }
}

function stepModel({ depth, text, rows, isFullScan }: PlanStep): object {
  return { depth: `d${Math.min(depth, DEEPEST)}`, text, rows: rows === null ? '–' : count(rows), isFullScan }
}

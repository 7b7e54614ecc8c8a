import { findingKey } from './analysis/finding-key.js'
import { withoutIgnored } from './analysis/ignored-queries.js'
import { type Detection, isIgnored, MISSING_INDEX_ROWS, settingsFor } from './analysis/settings.js'
import { createExplainer } from './explain/explainer.js'
import { indexMigration } from './explain/index-code.js'
import { type Execution, newestExecution, recordedStatement } from './explain/recorded-statement.js'
import type {
  Explanation,
  IndexAdvice,
  RecordedStatement,
  ScratchDatabase,
  SqlConnections,
  StatementInspector,
} from './model/explain.js'
import type { Occurrence } from './model/finding.js'
import type { StatementDetail } from './model/statement.js'
import type { RecordingReader, RecordingWriter } from './model/store.js'

interface InspectorParts {
  readonly connections: SqlConnections
  readonly openScratch: () => ScratchDatabase
  readonly reader: Pick<RecordingReader, 'requestView'>
  readonly writer: Pick<RecordingWriter, 'addFinding'>
  readonly detection: Detection
  readonly onError: (error: unknown) => void
}

/** From here on the indexes of a statement are looked at when its page is opened; in milliseconds. */
const SLOW_P95_MS = 100

/** Joins what is recorded of a statement with what its database tells, and keeps a missing index as a finding. */
export function createStatementInspector(parts: InspectorParts): StatementInspector {
  const { connections, openScratch, reader, detection } = parts
  const { rows: minRows } = detection.missingIndex ?? { rows: MISSING_INDEX_ROWS }
  const explainer = createExplainer({ connections, openScratch, minRows })

  async function ask(
    detail: StatementDetail,
    question: (statement: RecordedStatement) => Promise<Explanation>,
  ): Promise<{ readonly execution: Execution | null; readonly explanation: Explanation }> {
    const execution = await newestExecution(reader, detail).catch((error: unknown) => {
      parts.onError(error)
      return null
    })
    return { execution, explanation: await question(recordedStatement(detail, execution)) }
  }

  /** The page tells it in any case: a store that cannot be written is no reason not to. */
  async function keep(detail: StatementDetail, execution: Execution, advice: readonly IndexAdvice[]): Promise<void> {
    const { request, id } = execution.recording
    const occurrence = missingIndexOccurrence(detail, execution, advice)
    if (withoutIgnored(execution.queries, 'missing-index').length === 0) return
    if (settingsFor(request, detection).missingIndex === null || isIgnored(occurrence, detection.ignore)) return
    await parts.writer.addFinding(id, occurrence).catch(parts.onError)
  }

  return {
    isWorthChecking: ({ summary, findings }) =>
      detection.missingIndex !== null &&
      (summary.p95Ms > SLOW_P95_MS || findings.some(({ kind }) => kind === 'slow-query' || kind === 'missing-index')),
    // For a page that is merely opened, which changes nothing.
    checkIndexes: async (detail) => (await ask(detail, explainer.checkIndexes)).explanation,
    explain: async (detail, options) => {
      const { execution, explanation } = await ask(detail, (statement) => explainer.explain(statement, options))
      if (execution !== null && explanation.advice.length > 0) await keep(detail, execution, explanation.advice)
      return explanation
    },
  }
}

function missingIndexOccurrence(
  { summary, callSites }: StatementDetail,
  { recording, queries }: Execution,
  advice: readonly IndexAdvice[],
): Occurrence {
  const [commonest] = callSites.filter(({ callSite }) => callSite !== null).sort((a, b) => b.calls - a.calls)
  const callSite = commonest?.callSite ?? null
  const statements = [summary.text]
  const verifications = advice.map(({ verification }) => verification.replaceAll('`', ''))
  const named = advice.map(
    ({ table, columns }) => `\`${table}\` (${columns.map((column) => `\`${column}\``).join(', ')})`,
  )
  return {
    findingKey: findingKey({ kind: 'missing-index', statements, callSite, request: recording.request }),
    kind: 'missing-index',
    message: advice.map(({ message }) => message).join('; '),
    statements,
    fingerprints: [summary.id],
    count: queries.length,
    queryIndexes: queries.map(({ index }) => index),
    callSite,
    parent: null,
    totalMs: queries.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0),
    savingMs: null,
    savingBasis: `not known before the index is there. ${verifications.join(' ')}`,
    fix: {
      summary: `Add an index to ${named.join(' and to ')} in a migration.`,
      code: indexMigration(advice),
    },
  }
}

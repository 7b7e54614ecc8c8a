import * as v from 'valibot'
import type { Masker } from '../../capture/mask.js'
import { builtTags } from '../../capture/noted-marks.js'
import type { RecordedBody } from '../../model/body.js'
import { NO_EVIDENCE } from '../../model/evidence.js'
import type { AnalyzedRecording, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import type { RecordedSpan } from '../../model/span.js'
import { fingerprint } from '../../sql/fingerprint.js'
import { type ImportedOccurrence, type ImportedRecording, type ImportedSpan, recordingSchema } from './format.js'

/**
 * A line of an export as a recording. Nothing in it is believed but what a recording can be: it is checked, masked anew,
 * and its fingerprints are made anew.
 *
 * @throws Error that names the field, its value and what is allowed
 */
export function readRecording(line: string, masker: Masker): AnalyzedRecording {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    throw new Error(`it is no JSON (${error instanceof Error ? error.message.slice(0, 100) : ''})`)
  }
  const result = v.safeParse(recordingSchema, json, { abortEarly: true })
  if (!result.success) throw new Error(problemOf(result.issues[0]))
  const { occurrences } = result.output
  return {
    recording: recordingOf(result.output, masker),
    occurrences: occurrences.map((one) => occurrenceOf(one, result.output.queries.length, masker)),
  }
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const path = issue.path?.map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('') ?? ''
  const shown = JSON.stringify(issue.input)?.slice(0, 80) ?? 'missing'
  return `${path.replace(/^\./, '') || 'the line'} is ${shown}; allowed: ${issue.message}`
}

function recordingOf(given: ImportedRecording, masker: Masker): Recording {
  const { request, response, error, occurrences: _, ...rest } = given
  return {
    ...rest,
    tags: builtTags({ tags: new Set(given.tags), isPinned: false }, masker),
    user: given.user && masker.user(given.user),
    spans: spansOf(given.spans, masker),
    spanSums: given.spanSums.map((sum) => ({ ...sum, name: masker.text(sum.name) })),
    startedAt: Date.parse(given.startedAt),
    request: request && {
      method: request.method,
      url: masker.url(request.url),
      path: masker.url(request.path),
      route: request.route,
      headers: masker.headers(request.headers, 'request'),
      ...(request.body && { body: bodyOf(request.body, 'request', masker) }),
    },
    response: response && {
      status: response.status,
      headers: masker.headers(response.headers, 'response'),
      contentLength: response.contentLength,
      bodyBytes: null,
      onlyNumber: null,
      aborted: response.aborted,
      ...(response.body && { body: bodyOf(response.body, 'response', masker) }),
    },
    error: error && {
      ...error,
      message: masker.error(error.message),
      stack: error.stack.map((line) => masker.text(line)),
    },
    queries: queriesOf(given, masker),
  }
}

function bodyOf(body: RecordedBody, of: 'request' | 'response', masker: Masker): RecordedBody {
  return { ...body, text: body.text === null ? null : masker.body(body.text, body.format, of) }
}

/** One that names a span behind it, or none, as the one it began in began in none. */
function spansOf(spans: readonly ImportedSpan[], masker: Masker): readonly RecordedSpan[] {
  return spans.map((span, index) => ({
    ...span,
    index,
    parentIndex: span.parentIndex !== null && span.parentIndex < index ? span.parentIndex : null,
    name: masker.text(span.name),
    error: span.error === null ? null : masker.error(span.error),
    tags: masker.tags(span.tags),
  }))
}

function queriesOf(
  { queries, spans }: Pick<ImportedRecording, 'queries' | 'spans'>,
  masker: Masker,
): readonly RecordedQuery[] {
  const sets = new Map<string, number>()
  return queries.map((query, index) => {
    const print = fingerprint(query.statement)
    const values = JSON.stringify([print.literals, query.bindings])
    const bindingSet = sets.get(values) ?? sets.size
    sets.set(values, bindingSet)
    return {
      ...query,
      index,
      spanIndex: query.spanIndex !== null && query.spanIndex < spans.length ? query.spanIndex : null,
      statement: masker.statement(query.statement, print),
      bindings: query.bindings && masker.bindings(query.bindings, print.placeholders),
      fingerprint: print.hash,
      fingerprintText: print.text,
      operation: print.operation,
      error: query.error === null ? null : masker.error(query.error),
      bindingSet,
      keyBindingSet: bindingSet,
      callPath: 0,
      evidence: NO_EVIDENCE,
    }
  })
}

function occurrenceOf(given: ImportedOccurrence, queryCount: number, masker: Masker): Occurrence {
  return {
    ...given,
    message: masker.text(given.message),
    statements: given.statements.map((statement) => fingerprint(statement).text),
    fingerprints: given.statements.map((statement) => fingerprint(statement).hash),
    queryIndexes: given.queryIndexes.filter((index) => index < queryCount),
    parent:
      given.parent && given.parent.queryIndex < queryCount
        ? { ...given.parent, statement: fingerprint(given.parent.statement).text }
        : null,
    fix: given.fix && { summary: masker.text(given.fix.summary), code: given.fix.code && masker.text(given.fix.code) },
  }
}

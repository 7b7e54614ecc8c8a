import type { CallSite } from '../src/model/call-site.js'
import type { AnalyzedRecording, Occurrence } from '../src/model/finding.js'
import type { RecordedQuery } from '../src/model/query.js'
import { contentHash } from '../src/sql/hash.js'

const TABLES = /\b(collections|products|orders|order_items|users|tags|product_tags|authors|books|events|customers)\b/g

/** The same recording as another part of a larger app would have made it: other route, tables, files and findings. */
export function variantOf({ recording, occurrences }: AnalyzedRecording, area: number): AnalyzedRecording {
  if (area === 0) return { recording, occurrences }
  const { request } = recording
  return {
    recording: {
      ...recording,
      request: request && {
        ...request,
        url: `/area-${area}${request.url}`,
        path: `/area-${area}${request.path}`,
        route: request.route === null ? null : `/area-${area}${request.route}`,
      },
      queries: recording.queries.map((query) => queryOf(query, area)),
    },
    occurrences: occurrences.map((occurrence) => occurrenceOf(occurrence, area)),
  }
}

function queryOf(query: RecordedQuery, area: number): RecordedQuery {
  const fingerprintText = textOf(query.fingerprintText, area)
  return {
    ...query,
    statement: textOf(query.statement, area),
    fingerprintText,
    fingerprint: contentHash(fingerprintText),
    callSite: siteOf(query.callSite, area),
  }
}

function occurrenceOf(occurrence: Occurrence, area: number): Occurrence {
  const statements = occurrence.statements.map((text) => textOf(text, area))
  const { parent } = occurrence
  return {
    ...occurrence,
    findingKey: contentHash(`${occurrence.findingKey} ${area}`),
    statements,
    fingerprints: statements.map(contentHash),
    callSite: siteOf(occurrence.callSite, area),
    parent: parent && {
      ...parent,
      statement: textOf(parent.statement, area),
      callSite: siteOf(parent.callSite, area),
    },
  }
}

function siteOf(site: CallSite | null, area: number): CallSite | null {
  return site && { ...site, file: `areas/${area}/${site.file}` }
}

function textOf(sql: string, area: number): string {
  return sql.replace(TABLES, (table) => `${table}_${area}`)
}

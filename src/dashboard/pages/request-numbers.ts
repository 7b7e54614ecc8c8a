import type { ProcessUsage } from '../../model/marks.js'
import type { RecordedHeaders } from '../../model/recording.js'
import type { RequestView } from '../../model/request-view.js'
import {
  bytes,
  count,
  duration,
  durationText,
  percent,
  plural,
  type Quantity,
  quantityText,
  share,
} from '../display.js'
import { isOverQueries } from './request-row.js'

/** The numbers at the head of a request's page. */
export function stats({ recording, distinctCount, rowCount, resultBytes }: RequestView): readonly object[] {
  const { durationMs, sqlMs, sqlWallMs, queryCount, poolWaitMs, response } = recording
  const overlap = sqlMs > sqlWallMs * 1.05 && sqlMs - sqlWallMs > 0.1
  const type = contentType(response?.headers ?? {})
  return [
    {
      label: 'Total',
      ...duration(durationMs),
      sub: `application ${durationText(Math.max(0, durationMs - sqlWallMs))}`,
    },
    {
      label: 'SQL',
      ...duration(sqlWallMs),
      className: 'c-sql',
      sub: overlap ? `${durationText(sqlMs)} added up` : `${percent(share(sqlWallMs, durationMs))} % of total`,
    },
    {
      label: 'Queries',
      value: count(queryCount),
      className: isOverQueries(queryCount) ? 'c-waste' : '',
      sub: `${count(distinctCount)} distinct`,
    },
    {
      label: 'Rows',
      value: count(rowCount),
      sub: resultBytes === null ? 'read or changed' : `about ${quantityText(bytes(resultBytes))}`,
    },
    // A job has none.
    ...(response === null
      ? []
      : [{ label: 'Response', ...bytes(response.contentLength), sub: type ?? 'length not announced' }]),
    { label: 'Pool wait', ...duration(poolWaitMs), sub: 'added up over queries', hidden: 'p1' },
    ...usageStats(recording.usage),
    { label: 'silk’s own cost', ...duration(recording.overheadMs), sub: 'measured inside it' },
  ]
}

/** Node knows nothing of a single request: these are readings of the whole process. */
function usageStats(usage: ProcessUsage | null): readonly object[] {
  const { eventLoopShare = null, memoryBytes = null, cpuMs = null } = usage ?? {}
  const sub = 'of the whole process'
  return [
    ...(eventLoopShare === null ? [] : [{ label: 'Event loop busy', value: percent(eventLoopShare), unit: '%', sub }]),
    ...(memoryBytes === null ? [] : [{ label: 'Memory', ...grown(memoryBytes), sub }]),
    ...(cpuMs === null ? [] : [{ label: 'CPU time', ...duration(cpuMs), sub }]),
  ]
}

function grown(size: number): Quantity {
  const { value, unit } = bytes(Math.abs(size))
  return { value: `${size < 0 ? '−' : '+'}${value}`, unit }
}

function contentType(headers: RecordedHeaders): string | null {
  const value = headers['content-type']
  const text = typeof value === 'string' ? value : value?.[0]
  return text?.split(';', 1)[0]?.trim() || null
}

/** For a request without a finding: where its time went. */
export function slowestPart({ recording, statements }: RequestView): string {
  const { durationMs, sqlWallMs } = recording
  const application = Math.max(0, durationMs - sqlWallMs)
  const [slowest] = statements
  if (slowest === undefined || application >= slowest.totalMs) {
    return `Slowest part: application, ${durationText(application)} of ${durationText(durationMs)}.`
  }
  const place = slowest.callSite === null ? '' : ` at ${slowest.callSite.file}:${slowest.callSite.line}`
  const calls = plural(slowest.calls, 'call', 'calls')
  return `Slowest part: ${calls} of one statement${place}, ${durationText(slowest.totalMs)} of ${durationText(durationMs)}.`
}

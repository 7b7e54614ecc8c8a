import { clock } from './clock.js'
import type { Recorder } from './recorder.js'

/** Which headers silk adds to the answers that it records. */
export interface AnswerHeaders {
  /** `x-silk-id`. */
  readonly id: boolean
  /** `link: <…>; rel="silk"`. */
  readonly link: boolean
  /** `server-timing`. */
  readonly serverTiming: boolean
  /** The dashboard's mount path. */
  readonly path: string
}

/**
 * Silk's headers, as lines for the head of an answer.
 *
 * @param baseUrl path below which silk is mounted, as Express has it
 */
export function headerLines(recorder: Recorder, baseUrl: string, added: AnswerHeaders): string {
  let lines = added.id ? `x-silk-id: ${recorder.id}\r\n` : ''
  if (added.link) lines += `link: <${inAddress(baseUrl)}${added.path}/requests/${recorder.id}>; rel="silk"\r\n`
  if (added.serverTiming) lines += `server-timing: ${serverTimingOf(recorder)}\r\n`
  return lines
}

/** A mount path may hold values of the address (`/shops/:shop`), and the app may set it to anything. */
function inAddress(path: string): string {
  return /^[\w\-./~%!$&'()*+,;=:@]*$/.test(path)
    ? path
    : encodeURI(path.replace(/[\ud800-\udfff]/g, '')).replace(/[?#]/g, encodeURIComponent)
}

/** What is known when the head goes out: queries that are still running, or come later, are not in it. */
function serverTimingOf({ startMs, log, droppedQueryCount, dropped }: Recorder): string {
  let { sqlMs } = dropped
  let poolMs = 0
  let count = droppedQueryCount
  for (let at = 0; log !== null && at < log.count; at++) {
    const endMs = log.endMs(at)
    if (endMs !== null) sqlMs += endMs - log.startMs(at)
    poolMs += log.poolWaitMs(at) ?? 0
    if (!log.rare[at]?.transactionId || !TRANSACTION.test(log.statements[at]?.sql ?? '')) count++
  }
  const sql = `sql;dur=${millis(sqlMs)};desc="${count} ${count === 1 ? 'query' : 'queries'}"`
  return `total;dur=${millis(clock.now() - startMs)}, ${sql}, pool;dur=${millis(poolMs)}`
}

/** As the recording counts: BEGIN and its like are no queries of the app. */
const TRANSACTION = /^\s*(?:BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i

function millis(value: number): number {
  return Math.round(value * 100) / 100
}

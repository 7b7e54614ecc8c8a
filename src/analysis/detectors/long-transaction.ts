import type { Detector, Occurrence } from '../../model/finding.js'
import { unionMs } from '../../model/intervals.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { type AtPlace, type PlaceStory, placeOccurrences } from '../place-occurrence.js'
import { append } from '../repeats.js'
import type { SettingsOf } from '../settings.js'
import { type Transaction, transactionsOf } from '../transactions.js'
import { msText, someText } from '../wording.js'

/** In a pool of up to this many connections, requests that need two each soon wait for each other. */
const SMALL_POOL = 5

/**
 * Transactions that hold their connection for more than `ms` while they send nothing on it: the app waits for another
 * service, or computes. And queries that the app sends beside an open transaction, on a second connection of a small
 * pool (five and fewer): as many such requests at once as there are connections wait for each other for ever.
 *
 * What is no such query: one that runs at the same time as one of the transaction's own, since then the transaction is
 * not waiting for it.
 */
export function longTransaction({ ms }: SettingsOf<'longTransaction'>): Detector {
  return (recording) => {
    const transactions = transactionsOf(recording)
    if (transactions.length === 0) return []
    const besideOf = createNeighbours(transactions)
    const outside = new Map<RecordedQuery, readonly Transaction[]>()
    for (const query of recording.queries) {
      const beside = isOnSmallPool(query) ? besideOf(query) : []
      if (beside.length > 0) outside.set(query, beside)
    }
    return [
      ...held(recording, withWaits(transactions, outside), ms),
      ...placeOccurrences(recording, [...outside.keys()], (queries) => besideStory(recording, queries)),
    ]
  }
}

function held(recording: Recording, transactions: readonly Transaction[], ms: number): readonly Occurrence[] {
  const long = new Map(
    transactions
      .filter(({ fromMs, toMs }) => toMs - fromMs > ms)
      .filter((transaction) => idleMs(transaction) > ms)
      .map((transaction) => [transaction.begin, transaction]),
  )
  return placeOccurrences(recording, [...long.keys()], (begins) => {
    const longest = begins
      .map((begin) => long.get(begin) as Transaction)
      .reduce((most, other) => (idleMs(other) > idleMs(most) ? other : most))
    return heldStory(begins, longest)
  })
}

function idleMs(transaction: Transaction): number {
  return transaction.toMs - transaction.fromMs - busyMs(transaction)
}

function busyMs({ toMs, queries }: Transaction): number {
  return unionMs(
    queries.map(({ startMs, durationMs }) => ({ startMs, endMs: Math.min(toMs, startMs + (durationMs ?? 0)) })),
  )
}

function heldStory(begins: AtPlace, longest: Transaction): PlaceStory {
  const some = begins.length === 1 ? 'A transaction' : `${begins.length} transactions`
  const each = begins.length === 1 ? 'its connection' : 'a connection each, the longest'
  const heldText = msText(longest.toMs - longest.fromMs)
  return {
    kind: 'long-transaction',
    message: `${some} held ${each} for ${heldText} and used it for ${msText(busyMs(longest))}${pauseText(longest)}`,
    savingBasis: 'the response takes as long; the connection, and the rows that it has locked, are free sooner',
    fix: {
      summary:
        'Do what takes long before the transaction begins or after it has ended, and keep only the queries inside it.',
      code: null,
    },
  }
}

/** Where the longest pause begins. */
function pauseText({ fromMs, toMs, queries }: Transaction): string {
  let longestMs = 0
  let after: RecordedQuery | null = null
  let before: RecordedQuery | null = null
  let atMs = fromMs
  for (const query of queries) {
    if (query.startMs - atMs > longestMs) [longestMs, after] = [query.startMs - atMs, before]
    atMs = Math.max(atMs, query.startMs + (query.durationMs ?? 0))
    before = query
  }
  if (toMs - atMs > longestMs) [longestMs, after] = [toMs - atMs, before]
  const line = after?.callSite ? ` of ${after.callSite.file}:${after.callSite.line}` : ''
  const where = after === null ? 'before the first query' : `after the query${line}`
  return `; the longest pause, ${msText(longestMs)}, is ${where}`
}

/** A transaction that waits for a query beside it is told of with that query, and not once more as held for long. */
function withWaits(
  transactions: readonly Transaction[],
  outside: ReadonlyMap<RecordedQuery, readonly Transaction[]>,
): readonly Transaction[] {
  if (outside.size === 0) return transactions
  const waitsOf = new Map<Transaction, RecordedQuery[]>()
  for (const [query, beside] of outside) for (const one of beside) append(waitsOf, one, withItsWait(query))
  return transactions.map((transaction) => {
    const waits = waitsOf.get(transaction)
    if (waits === undefined) return transaction
    const queries = [...transaction.queries, ...waits].sort((a, b) => a.startMs - b.startMs)
    return { ...transaction, queries }
  })
}

function withItsWait(query: RecordedQuery): RecordedQuery {
  const { startMs, durationMs, poolWaitMs } = query
  return { ...query, startMs: startMs - (poolWaitMs ?? 0), durationMs: (durationMs ?? 0) + (poolWaitMs ?? 0) }
}

function isOnSmallPool({ transactionId, operation, evidence: { poolSize } }: RecordedQuery): boolean {
  return transactionId === null && operation !== 'transaction' && poolSize !== null && poolSize <= SMALL_POOL
}

/** Finds those that a query was sent beside, without a look at all of them: a request may have hundreds. */
function createNeighbours(transactions: readonly Transaction[]): (query: RecordedQuery) => readonly Transaction[] {
  const sorted = transactions.toSorted((a, b) => a.fromMs - b.fromMs)
  const reachMs: number[] = []
  for (const { toMs } of sorted) reachMs.push(Math.max(toMs, reachMs.at(-1) ?? 0))
  return (query) => {
    const [fromMs, toMs] = [query.startMs - (query.poolWaitMs ?? 0), query.startMs + (query.durationMs ?? 0)]
    const beside: Transaction[] = []
    let at = countUpTo(sorted, fromMs) - 1
    for (; at >= 0 && (reachMs[at] ?? 0) >= toMs; at--) {
      const transaction = sorted[at] as Transaction
      if (isBeside(query, transaction)) beside.push(transaction)
    }
    return beside
  }
}

/** How many of them, sorted by their beginnings, had begun by then. */
function countUpTo(sorted: readonly Transaction[], ms: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] as Transaction).fromMs <= ms) from = middle + 1
    else to = middle
  }
  return from
}

function isBeside(query: RecordedQuery, { begin, fromMs, toMs, queries }: Transaction): boolean {
  if (query.connection !== begin.connection) return false
  const askedMs = query.startMs - (query.poolWaitMs ?? 0)
  const endMs = query.startMs + (query.durationMs ?? 0)
  if (askedMs < fromMs || endMs > toMs) return false
  return !queries.some(({ startMs, durationMs }) => startMs < endMs && startMs + (durationMs ?? 0) > askedMs)
}

function besideStory(recording: Recording, outside: AtPlace): PlaceStory {
  const [{ evidence }] = outside
  const size = evidence.poolSize === 1 ? 'the only connection' : `one of ${evidence.poolSize} connections`
  const some = someText(outside.length, recording)
  return {
    kind: 'long-transaction',
    message: `${some} asked for another connection while the request's own transaction held ${size}`,
    savingBasis: 'not a matter of time: such requests can wait for each other until they give up',
    fix: { summary: 'Send it with the transaction (`trx(…)` instead of `knex(…)`), or before it begins.', code: null },
  }
}

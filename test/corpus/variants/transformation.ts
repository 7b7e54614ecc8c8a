import type { CorpusCase, ExpectedFinding } from '../corpus-case.js'
import type { CaseSource, Edit, Source } from './source.js'

/**
 * A way to write a case differently, such that its label follows from the label it had: what a transformation does to
 * a label is decided by what it does to the code, never by what a detector says about it.
 */
export interface Transformation {
  /** Ends the names of its variants, after a dot. */
  readonly name: string
  /** How much it is favoured where a case could be given to several: those that suit few cases, more than others. */
  readonly weight: number
  /** Whether what it does to the label of this case is certain. */
  readonly isFor: (candidate: Candidate) => boolean
  /**
   * Changes of a file: at least of those cases in it that it is for. One of which nothing has changed is no variant.
   */
  readonly edits: (source: Source, candidates: readonly Candidate[]) => readonly Edit[]
  /** Also changes what cases share: `fixtures/` and `cases/support/`. */
  readonly changesFixtures?: true
  /** @param edits of this case */
  readonly relabel?: (finding: ExpectedFinding, edits: readonly Edit[]) => ExpectedFinding
  /** Set on each of its variants. */
  readonly settings?: Pick<CorpusCase, 'library' | 'requestsAtOnce'>
}

export interface Candidate extends CaseSource {
  readonly corpusCase: CorpusCase
  /** The file's name, without its ending. */
  readonly theme: string
  /** The case as it is written down. */
  readonly text: string
}

/** Cases in these files are about time, about connections, or about the sum of what a request does. */
const ABOUT_THE_WHOLE_REQUEST = ['budgets', 'late', 'sizes', 'timing', 'transactions']
/** So are, in files of other themes, those with these labels. */
const KINDS_OF_THE_WHOLE_REQUEST = ['query-budget', 'late-query', 'sequential-queries', 'pool-wait', 'long-transaction']

export function isAboutTheWholeRequest({ theme, corpusCase: { findings } }: Candidate): boolean {
  return (
    ABOUT_THE_WHOLE_REQUEST.includes(theme) || findings.some(({ kind }) => KINDS_OF_THE_WHOLE_REQUEST.includes(kind))
  )
}

/** Holds a connection while it asks with another, which SQLite has no second one for. */
export function holdsConnection({ text }: Candidate): boolean {
  return /\btrx\b|transaction|\.stream\(/.test(text)
}

const WRITES = /\b(?:insert|batchInsert|update|del|delete|increment|decrement|truncate|nextval|create)\b/

/** Leaves the database as it was, so that it can be done by several requests at once, or beside other reads. */
export function onlyReads({ corpusCase: { request, tables, findings }, text }: Candidate): boolean {
  const isGet = (request?.method ?? 'GET') === 'GET'
  return isGet && !tables && !WRITES.test(text) && findings.every(({ kind }) => kind !== 'write-loop')
}

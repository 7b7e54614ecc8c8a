import type { RecordedQuery } from '../model/query.js'

/**
 * Whether the rows were read as a stream: they came, and their size is not known. Such a query takes as long as its
 * reader does, and of its many rows few are held at any time.
 */
export function isStreamed({ operation, rowCount, resultBytes }: RecordedQuery): boolean {
  return operation === 'select' && resultBytes === null && rowCount !== null && rowCount > 0
}

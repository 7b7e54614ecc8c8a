import { holdsConnection, isAboutTheWholeRequest, onlyReads, type Transformation } from '../transformation.js'

/** The code stays as it is, and three requests are sent to it at once: what each did must not be told of another. */
export const atOnce: Transformation = {
  name: 'at-once',
  weight: 3,
  isFor: (candidate) => !isAboutTheWholeRequest(candidate) && !holdsConnection(candidate) && onlyReads(candidate),
  edits: (_source, candidates) => candidates.map(({ start }) => ({ start, end: start, text: '' })),
  settings: { requestsAtOnce: 3 },
}

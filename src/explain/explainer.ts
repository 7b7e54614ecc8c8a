import type { Explainer, Explanation, RecordedStatement, SqlConnections } from '../model/explain.js'
import { type Limits, look, type Wanted } from './look.js'
import { messageOf } from './message.js'
import { createRateLimit } from './rate-limit.js'
import { createQueue, within } from './time-limit.js'

export interface ExplainerOptions extends Omit<Limits, 'timeoutMs'> {
  readonly connections: SqlConnections
  /** For each statement that is sent to the database, and for all of one question. In milliseconds; 5,000 by default. */
  readonly timeoutMs?: number
}

const MOST_WAITING = 8
/** However often someone reloads a page, the app's database has other things to do. */
const MOST_A_MINUTE = 60
/** The pool has a second to spare a connection. */
const POOL_WAIT_MS = 1_500
const MOST_CHECK_MS = 1_000

/**
 * Looks at statements in the app's own databases: on demand, one at a time, reading only, with a time limit.
 *
 * @example const explainer = createExplainer({ connections, openScratch, minRows: 1_000 })
 */
export function createExplainer(options: ExplainerOptions): Explainer {
  const inTurn = createQueue(MOST_WAITING)
  const waitMs = createRateLimit(MOST_A_MINUTE, 60_000)
  const { timeoutMs = 5_000 } = options

  async function ask(statement: RecordedStatement, wanted: Wanted, limitMs: number): Promise<Explanation> {
    const unknown = { connection: statement.connection, dialect: null, plan: null, advice: [] }
    if (statement.connection === null) {
      return { ...unknown, notes: ['No execution of it is stored any more, so its connection is not known.'] }
    }
    const { connection } = statement
    const tooSoonMs = waitMs()
    if (tooSoonMs > 0) {
      const seconds = Math.ceil(tooSoonMs / 1000)
      return {
        ...unknown,
        notes: [`Databases are asked ${MOST_A_MINUTE} times a minute at most: try again in ${seconds} s.`],
      }
    }
    try {
      const limits = { ...options, timeoutMs: limitMs }
      const looking = inTurn(async () => {
        const work = options.connections.use(connection, (session) => look(session, statement, wanted, limits))
        // A server that does not answer at all must not keep the others waiting.
        return work && within(limitMs + POOL_WAIT_MS, work)
      })
      const found = await within(2 * (limitMs + POOL_WAIT_MS), looking)
      return found ?? { ...unknown, notes: [`The connection \`${connection}\` is not open in this process.`] }
    } catch (error) {
      return { ...unknown, notes: [`\`${connection}\` did not answer: ${messageOf(error)}.`] }
    }
  }

  return {
    // Nobody asked for it, so nobody waits long for it.
    checkIndexes: (statement) => ask(statement, { plan: false, measure: false }, Math.min(timeoutMs, MOST_CHECK_MS)),
    explain: (statement, { measure }) => ask(statement, { plan: true, measure }, timeoutMs),
  }
}

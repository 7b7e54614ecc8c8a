import { AsyncLocalStorage } from 'node:async_hooks'
import { pathToFileURL } from 'node:url'
import type { RequestHandler } from 'express'
import type { SilkOptions } from 'express-silk'
import type { Knex } from 'knex'
import { configurationOf } from './configurations.js'
import type { LaneJob } from './lane.js'

/** What stands in front of the app. */
export interface Instrument {
  readonly handler?: RequestHandler
  /** For those that must be handed the knex instance. */
  watch?(db: Knex): void
  /** Until all that was recorded is written or sent. */
  flush?(): Promise<void>
  /** SQL statements recorded since the start; absent where someone else counts, or nobody. */
  statements?(): number
}

/** Before Express and knex are loaded: the peers patch them as they are. */
export async function startInstrument(job: LaneJob): Promise<Instrument> {
  const { peer } = configurationOf(job.configuration)
  if (peer) return startPeer(peer, job)
  if (job.configuration === 'als') return emptyContext()
  if (job.configuration.startsWith('silk') || job.configuration === 'off') return startSilk(job)
  return {}
}

async function startPeer(peer: string, { root, database, storeFile, sinkUrl, configuration }: LaneJob) {
  const file = pathToFileURL(`${root}bench/peers/${peer}.mjs`).href
  const { start } = (await import(file)) as { start(given: object): Promise<Instrument> | Instrument }
  return start({ app: database.app, storeFile, sinkUrl, formats: configuration.endsWith('-formatted') })
}

function emptyContext(): Instrument {
  const context = new AsyncLocalStorage<object>()
  return { handler: (_req, _res, next) => context.run({}, next) }
}

async function startSilk({ configuration, storeFile, options }: LaneJob): Promise<Instrument> {
  const { default: silk } = await import('express-silk')
  const profiler = silk({ store: storeFile, ...more[configuration], ...options })
  return { handler: profiler, flush: () => profiler.flush() }
}

/** All that can be asked of silk, each in the form that makes the most work. */
const everything: SilkOptions = {
  session: 'bench',
  authorize: () => true,
  allowFrom: ['127.0.0.0/8'],
  ignore: ['/healthz', /\.(js|css)$/],
  bodies: { maxBytes: 16_777_216 },
  redact: { names: ['nickname', 'x-tenant'], value: (_path, value) => value },
  headers: { id: true, link: true, serverTiming: true },
  onFinding: () => {},
  detect: {
    nPlusOne: { threshold: 2 },
    writeLoop: { threshold: 2 },
    sequentialQueries: { ms: 0 },
    slowQuery: { ms: 0 },
    missingIndex: { rows: 0 },
    unboundedResult: { rows: 1 },
    overFetch: { bytes: 1, rows: 1 },
    poolWait: { ms: 0 },
    longTransaction: { ms: 0 },
    queryBudget: { queries: 0, sqlMs: 0 },
    routes: { 'GET /products': { slowQuery: { ms: 1 } } },
    ignore: ['from audit_log', { kind: 'duplicate-query', statement: /^select .* from settings/ }],
  },
  onError: () => {},
}

const more: Readonly<Record<string, SilkOptions>> = { 'silk-all': everything, 'silk-cls': { context: 'cls-hooked' } }

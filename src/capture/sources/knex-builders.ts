import { reportTrouble, takeOrigin } from '../current.js'
import type { Origin } from '../origin.js'
import type { Recorder } from '../recorder.js'
import { createStamps, Given } from '../stamps.js'
import type { Method, Patchable } from './knex-types.js'
import type { Patches } from './patches.js'

// Stamps, not properties: builders and compiled queries are the app's objects (knex copies the latter into events).
const originOfTransaction = createStamps<Origin<Recorder>>()
const transactions = new Map<string, WeakRef<object>>()

class BuilderOrigin extends Given {
  #origin: Origin<Recorder>
  constructor(builder: object, origin: Origin<Recorder>) {
    super(builder)
    this.#origin = origin
  }
  static of(builder: object): Origin<Recorder> | undefined {
    return #origin in builder ? builder.#origin : undefined
  }
  static set(builder: object, origin: Origin<Recorder>): void {
    if (#origin in builder) builder.#origin = origin
    else new BuilderOrigin(builder, origin)
  }
}

class CompiledOrigin extends Given {
  #origin: Origin<Recorder>
  constructor(compiled: object, origin: Origin<Recorder>) {
    super(compiled)
    this.#origin = origin
  }
  static of(compiled: object): Origin<Recorder> | undefined {
    return #origin in compiled ? compiled.#origin : undefined
  }
  static set(compiled: object, origin: Origin<Recorder>): void {
    if (#origin in compiled) compiled.#origin = origin
    else new CompiledOrigin(compiled, origin)
  }
}

/** The origin of a compiled query; `undefined`: built before silk listened, or by knex itself. */
export function originOf(compiled: object): Origin<Recorder> | undefined {
  return CompiledOrigin.of(compiled)
}

/** The origin of a transaction's own statements, by the id that knex puts on the connection. */
export function originOfTransactionId(id: string): Origin<Recorder> | undefined {
  const transaction = transactions.get(id)?.deref()
  return transaction && originOfTransaction.get(transaction)
}

const FACTORIES = ['queryBuilder', 'raw', 'schemaBuilder'] as const

/**
 * Notes the stack where a builder is made. That is the only place where the app's own line is on the stack in every
 * shape of code: an un-awaited builder in `Promise.all(rows.map(…))` or behind a helper is sent much later, from inside
 * knex, and the stack then names only the outermost `await`.
 */
export function patchBuilders(prototype: Patchable, patches: Patches): void {
  for (const name of FACTORIES) {
    patches.wrap(prototype, name, (original) => {
      const factory: Method = function (...args) {
        const builder = original.apply(this, args)
        noteOrigin(builder, factory, patches)
        return builder
      }
      return factory
    })
  }
  patches.wrap(prototype, 'transaction', (original) => {
    const factory: Method = function (...args) {
      const transaction = original.apply(this, args)
      noteTransaction(transaction, factory)
      return transaction
    }
    return factory
  })
}

function noteOrigin(builder: unknown, below: Method, patches: Patches): void {
  if (typeof builder !== 'object' || builder === null) return
  try {
    const origin = takeOrigin(below)
    if (origin === null) return
    BuilderOrigin.set(builder, origin)
    // Before the look-up by prototype: most builders are of the class that came last.
    const { constructor: made } = builder
    if (made === lastClass && patches === lastPatches) return
    lastClass = made
    lastPatches = patches
    if (patches.firstTime(Object.getPrototypeOf(builder))) patchBuilderClass(builder, patches)
  } catch (error) {
    reportTrouble(error)
  }
}

let lastClass: unknown = null
let lastPatches: Patches | null = null

/** Carries the origin from the builder to what it compiles to, and to its clones, which no factory makes. */
function patchBuilderClass(builder: object, patches: Patches): void {
  const compiling = patches.ownerOf(builder, 'toSQL')
  if (compiling) patches.wrap(compiling, 'toSQL', carryToCompiled)
  const cloning = patches.ownerOf(builder, 'clone')
  if (cloning) patches.wrap(cloning, 'clone', carryToClone)
}

function carryToCompiled(original: Method): Method {
  return function (...args) {
    const compiled = original.apply(this, args)
    const origin = BuilderOrigin.of(this)
    if (origin !== undefined) carry(origin, compiled)
    return compiled
  }
}

function carry(origin: Origin<Recorder>, compiled: unknown): void {
  if (Array.isArray(compiled)) for (const query of compiled) carry(origin, query)
  else if (typeof compiled === 'object' && compiled !== null) CompiledOrigin.set(compiled, origin)
}

function carryToClone(original: Method): Method {
  const clone: Method = function (...args) {
    const copy = original.apply(this, args)
    noteClone(copy, clone)
    return copy
  }
  return clone
}

function noteClone(copy: unknown, below: Method): void {
  if (typeof copy !== 'object' || copy === null) return
  try {
    const origin = takeOrigin(below)
    if (origin !== null) BuilderOrigin.set(copy, origin)
  } catch (error) {
    reportTrouble(error)
  }
}

function noteTransaction(transaction: unknown, below: Method): void {
  if (typeof transaction !== 'object' || transaction === null) return
  const { txid } = transaction as { readonly txid?: unknown }
  if (typeof txid !== 'string') return
  try {
    // Always with its stack: a request has few, and each sends the same BEGIN.
    const origin = takeOrigin(below, true)
    if (origin === null) return
    originOfTransaction.set(transaction, origin)
    if (origin.recorder) origin.recorder.lastTransactionStack = origin.stack
    transactions.set(txid, new WeakRef(transaction))
    forgetEndedTransactions()
  } catch (error) {
    reportTrouble(error)
  }
}

const REMEMBERED_TRANSACTIONS = 1_000

/** Ids are handed out in order, so the oldest entries are the ones whose transactions have long ended. */
function forgetEndedTransactions(): void {
  if (transactions.size <= REMEMBERED_TRANSACTIONS) return
  const [oldest] = transactions.keys()
  if (oldest !== undefined) transactions.delete(oldest)
}

import { type BuiltIn, builtIn, guarded } from '../current.js'
import { type CapturedStack, captureStack } from '../stack.js'
import type { Method, Patchable } from './knex-types.js'
import type { Patches } from './patches.js'

/** Where and in which request a builder was made. */
export interface Origin extends BuiltIn {
  readonly stack: CapturedStack
}

// WeakMaps, not properties: builders and compiled queries are the app's objects (knex copies the latter into events).
const originOfBuilder = new WeakMap<object, Origin>()
const originOfCompiled = new WeakMap<object, Origin>()
const originOfTransaction = new WeakMap<object, Origin>()
const transactions = new Map<string, WeakRef<object>>()

/** The origin of a compiled query; `undefined`: built before silk listened, or by knex itself. */
export function originOf(compiled: object): Origin | undefined {
  return originOfCompiled.get(compiled)
}

/** The origin of a transaction's own statements, by the id that knex puts on the connection. */
export function originOfTransactionId(id: string): Origin | undefined {
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
        guarded(undefined, () => noteOrigin(builder, factory, patches))
        return builder
      }
      return factory
    })
  }
  patches.wrap(prototype, 'transaction', (original) => {
    const factory: Method = function (...args) {
      const transaction = original.apply(this, args)
      guarded(undefined, () => noteTransaction(transaction, factory))
      return transaction
    }
    return factory
  })
}

function noteOrigin(builder: unknown, below: Method, patches: Patches): void {
  if (typeof builder !== 'object' || builder === null) return
  const origin = takeOrigin(below)
  if (origin === null) return
  originOfBuilder.set(builder, origin)
  if (patches.firstTime(Object.getPrototypeOf(builder))) patchBuilderClass(builder, patches)
}

/** `null`: nobody records. */
function takeOrigin(below: Method): Origin | null {
  const startMs = performance.now()
  const scope = builtIn()
  if (scope === null) return null
  const { recorder, isIgnored, calledFrom } = scope
  const stack = captureStack(below)
  if (recorder) recorder.overheadMs += performance.now() - startMs
  return { stack, recorder, isIgnored, calledFrom }
}

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
    const origin = originOfBuilder.get(this)
    if (origin) {
      for (const query of Array.isArray(compiled) ? compiled : [compiled]) {
        if (typeof query === 'object' && query !== null) originOfCompiled.set(query, origin)
      }
    }
    return compiled
  }
}

function carryToClone(original: Method): Method {
  const clone: Method = function (...args) {
    const copy = original.apply(this, args)
    guarded(undefined, () => noteClone(copy, clone))
    return copy
  }
  return clone
}

function noteClone(copy: unknown, below: Method): void {
  const origin = typeof copy === 'object' && copy !== null ? takeOrigin(below) : null
  if (origin !== null) originOfBuilder.set(copy as object, origin)
}

function noteTransaction(transaction: unknown, below: Method): void {
  if (typeof transaction !== 'object' || transaction === null) return
  const { txid } = transaction as { readonly txid?: unknown }
  const origin = typeof txid === 'string' ? takeOrigin(below) : null
  if (origin === null || typeof txid !== 'string') return
  originOfTransaction.set(transaction, origin)
  if (origin.recorder) origin.recorder.lastTransactionStack = origin.stack
  transactions.set(txid, new WeakRef(transaction))
  forgetEndedTransactions()
}

const REMEMBERED_TRANSACTIONS = 1_000

/** Ids are handed out in order, so the oldest entries are the ones whose transactions have long ended. */
function forgetEndedTransactions(): void {
  if (transactions.size <= REMEMBERED_TRANSACTIONS) return
  const [oldest] = transactions.keys()
  if (oldest !== undefined) transactions.delete(oldest)
}

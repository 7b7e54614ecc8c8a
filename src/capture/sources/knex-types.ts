/** The parts of knex that silk touches, in every version from 0.95 to 3: a structural view, so no version is needed. */
export interface KnexClient {
  readonly config?: KnexConfig
  readonly driverName?: string
  readonly dialect?: string
  /** Set on the client of a transaction. */
  readonly transacting?: boolean
}

export interface KnexConfig {
  readonly client?: unknown
  readonly connection?: unknown
}

export interface KnexConnection {
  readonly __knexTxId?: string
}

/** What `builder.toSQL()` returns and `client.query()` takes; transactions pass plain strings instead. */
export interface KnexQuery {
  readonly sql?: string
  readonly bindings?: unknown
  readonly timeout?: unknown
  readonly response?: unknown
}

export type Method = (this: object, ...args: unknown[]) => unknown

/** A prototype seen as a bag of methods, to be patched. */
export type Patchable = Record<string, Method | undefined>

/** Tells a knex client class by its shape, since copies of knex come under any package name. */
export function isClientPrototype(value: unknown): value is Patchable {
  if (typeof value !== 'object' || value === null) return false
  const methods = value as Patchable
  return ['queryCompiler', 'acquireConnection', 'runner', 'transaction', 'query', 'stream', 'raw'].every(
    (name) => typeof methods[name] === 'function',
  )
}

/** Not `instanceof Promise`: knex may live in another realm, as under Jest. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

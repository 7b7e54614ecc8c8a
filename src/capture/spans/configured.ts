import Module, { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Report } from '../report.js'
import { wrapMethod } from './wrap.js'

/** A method that is to be a span, without touching its code. */
export interface ConfiguredSpan {
  /** A package, or a file relative to the project (`./src/reports.js`). */
  readonly module: string
  /** Name of the export. Default: what the module exports as a whole, or by default. */
  readonly export?: string | undefined
  /** Name of the method, of a class's prototype or else of the export itself. Default: the export is the function. */
  readonly method?: string | undefined
  /** Default: export and method. */
  readonly name?: string | undefined
}

/** A module that is looked for this long without being loaded is told of. */
const PATIENCE_MS = 30_000

type Load = (this: unknown, ...args: unknown[]) => unknown
type Namespace = Readonly<Record<string, unknown>>

interface Pending {
  readonly span: ConfiguredSpan
  readonly file: string
}

/**
 * Makes the configured methods spans as soon as their modules are loaded. CommonJS modules are waited for, however they
 * are loaded; an ES module cannot be watched, so it is imported, which loads it once and for all.
 *
 * @param report told of what was not found, or cannot be done
 * @returns takes all of it back
 */
export function wrapConfigured(spans: readonly ConfiguredSpan[], projectRoot: string, report: Report): () => void {
  if (spans.length === 0) return () => {}
  const require = createRequire(join(projectRoot, 'package.json'))
  const undos: (() => void)[] = []
  const pending = new Set<Pending>()
  let isOver = false

  function fail(span: ConfiguredSpan, what: string): void {
    report(new Error(`The span of ${shown(span)} was not set up: ${what}`), 'setting up spans')
  }

  function attempt(span: ConfiguredSpan, wrap: () => () => void): void {
    try {
      undos.push(wrap())
    } catch (error) {
      fail(span, error instanceof Error ? error.message : String(error))
    }
  }

  function lookAtCache(): void {
    for (const one of pending) {
      const loaded = require.cache[one.file]
      if (!loaded?.loaded) continue
      pending.delete(one)
      attempt(one.span, () => wrapIn(loaded, one.span))
    }
  }

  async function importOne(span: ConfiguredSpan, file: string): Promise<void> {
    try {
      const namespace = (await import(pathToFileURL(file).href)) as Namespace
      if (!isOver) attempt(span, () => wrapInNamespace(namespace, span))
    } catch (error) {
      fail(span, `the module cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  const esModules: Pending[] = []
  for (const span of spans) {
    try {
      const file = require.resolve(span.module)
      if (isEsModule(file, require)) esModules.push({ span, file })
      else pending.add({ span, file })
    } catch {
      fail(span, `there is no module "${span.module}", looked for from ${projectRoot}.`)
    }
  }
  lookAtCache()
  if (pending.size > 0) undos.push(afterEachLoad(lookAtCache, () => pending.size === 0))
  // After the app's own imports, whose order of evaluation is the app's.
  const soon = setImmediate(() => {
    for (const { span, file } of esModules) void importOne(span, file)
  }).unref()
  const late = setTimeout(() => {
    lookAtCache()
    for (const { span } of pending) fail(span, `its module has not been loaded in ${PATIENCE_MS / 1000} s.`)
  }, PATIENCE_MS).unref()
  return () => {
    isOver = true
    clearImmediate(soon)
    clearTimeout(late)
    for (const undo of undos.splice(0).reverse()) undo()
  }
}

function isEsModule(file: string, require: NodeJS.Require): boolean {
  if (require.cache[file] !== undefined || file.endsWith('.cjs') || file.endsWith('.cts')) return false
  if (file.endsWith('.mjs') || file.endsWith('.mts')) return true
  return nearestType(file, require) === 'module'
}

function nearestType(file: string, require: NodeJS.Require): unknown {
  const parts = file.split(/[\\/]/)
  for (let length = parts.length - 1; length > 0; length--) {
    try {
      const { type } = require([...parts.slice(0, length), 'package.json'].join('/')) as { readonly type?: unknown }
      return type
    } catch {
      // No package here: the one above decides.
    }
  }
  return undefined
}

/** Module._load is where every require comes by, as all tools that wait for modules know. */
function afterEachLoad(listener: () => void, isDone: () => boolean): () => void {
  const host = Module as unknown as { _load: Load }
  const original = host._load
  let isOff = false
  const load: Load = function (...args) {
    const exported = original.apply(this, args)
    if (!isOff && !isDone()) listener()
    return exported
  }
  host._load = load
  return () => {
    isOff = true
    if (host._load === load) host._load = original
  }
}

function wrapIn(loaded: NodeJS.Module, span: ConfiguredSpan): () => void {
  const { export: name, method } = span
  if (method !== undefined) return wrapMethodOf(exportOf(loaded.exports, name), span)
  if (name !== undefined && name !== 'default') return wrapMethod(loaded.exports, name, span.name ?? name)
  return wrapMethod(loaded, 'exports', span.name ?? span.module)
}

function wrapInNamespace(namespace: Namespace, span: ConfiguredSpan): () => void {
  if (span.method === undefined) {
    throw new TypeError(
      'an export of an ES module cannot be replaced. Name a method of an exported class or object, or use silk.span in it.',
    )
  }
  return wrapMethodOf(exportOf(namespace, span.export ?? 'default'), span)
}

function exportOf(exports: unknown, name: string | undefined): unknown {
  if (name === undefined) return exports
  const found = (exports as Namespace | null | undefined)?.[name]
  if (found !== undefined) return found
  // A CommonJS module has no default but itself.
  if (name === 'default') return exports
  throw new TypeError(`the module has no export "${name}".`)
}

function wrapMethodOf(exported: unknown, { export: name, method = '', name: spanName }: ConfiguredSpan): () => void {
  const prototype: unknown = typeof exported === 'function' ? exported.prototype : undefined
  const isStatic = typeof exported === 'function' && Object.hasOwn(exported, method)
  const target = typeof prototype === 'object' && prototype !== null && !isStatic ? prototype : exported
  const byDefault = name === undefined || name === 'default' ? undefined : `${name}.${method}`
  return wrapMethod(target, method, spanName ?? byDefault)
}

function shown({ module, export: name, method }: ConfiguredSpan): string {
  return [`"${module}"`, name, method].filter((part) => part !== undefined).join(' ')
}

import Module, { createRequire } from 'node:module'

interface ModuleInternals {
  _cache: Record<string, { exports?: unknown } | undefined>
  _load: (request: string, parent: unknown, isMain: boolean) => unknown
}

// knex and Objection are CommonJS in all their versions, also when an ES module imports them: so they pass through Node's
// module cache. `require.cache` is that cache; `Module._load` has been the hook of every tracing library since Node 0.x.
const internals = Module as unknown as ModuleInternals
const moduleCache = createRequire(import.meta.url).cache as ModuleInternals['_cache']

/** What every copy of a file that is loaded already exports. */
export function loadedExports(file: RegExp): readonly unknown[] {
  return Object.keys(moduleCache)
    .filter((name) => file.test(name))
    .map((name) => moduleCache[name]?.exports)
}

/**
 * Calls back with what is loaded from now on by such a request.
 *
 * @param isWanted by the text between the parentheses of `require(…)`, and the file that it stands in; asked for each
 * @returns ends it
 */
export function onLoaded(
  isWanted: (request: string, from: string) => boolean,
  found: (exported: unknown) => void,
): () => void {
  const original = internals._load
  let active = true
  const load: ModuleInternals['_load'] = function load(this: unknown, ...args) {
    const exported = original.apply(this, args)
    if (active && typeof args[0] === 'string' && isWanted(args[0], fileOf(args[1]))) found(exported)
    return exported
  }
  internals._load = load
  return () => {
    active = false
    // Another library may have wrapped it since: then ours stays in the chain and does nothing.
    if (internals._load === load) internals._load = original
  }
}

function fileOf(module: unknown): string {
  const file = (module as { readonly filename?: unknown } | null | undefined)?.filename
  return typeof file === 'string' ? file : ''
}

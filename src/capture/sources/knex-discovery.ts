import Module, { createRequire } from 'node:module'
import { isClientPrototype, type Patchable } from './knex-types.js'

interface ModuleInternals {
  _cache: Record<string, { exports?: unknown } | undefined>
  _load: (request: string, parent: unknown, isMain: boolean) => unknown
}

/** Where every version of knex keeps its base client and its dialects, under any package name. */
const CLIENT_FILE = /[\\/]lib[\\/](?:client|dialects[\\/][^\\/]+[\\/]index)\.js$/

// knex is CommonJS in all its versions, also when an ES module imports it: so it passes through Node's module cache.
// `require.cache` is that cache; `Module._load` has been the hook that every tracing library uses since Node 0.x.
const internals = Module as unknown as ModuleInternals
const moduleCache = createRequire(import.meta.url).cache as ModuleInternals['_cache']

/** Every client class of every copy of knex that is loaded already. */
export function loadedClientPrototypes(): readonly Patchable[] {
  const found: Patchable[] = []
  for (const file of Object.keys(moduleCache)) {
    if (!CLIENT_FILE.test(file)) continue
    const prototype = prototypeOf(moduleCache[file]?.exports)
    if (prototype) found.push(prototype)
  }
  return found
}

/**
 * Calls back with each client class that is loaded from now on.
 *
 * @returns ends it
 */
export function onClientLoaded(found: (prototype: Patchable) => void): () => void {
  const original = internals._load
  let active = true
  const load: ModuleInternals['_load'] = function load(this: unknown, ...args) {
    const exported = original.apply(this, args)
    if (active && typeof args[0] === 'string' && mayBeClient(args[0])) {
      const prototype = prototypeOf(exported)
      if (prototype) found(prototype)
    }
    return exported
  }
  internals._load = load
  return () => {
    active = false
    // Another library may have wrapped it since: then ours stays in the chain and does nothing.
    if (internals._load === load) internals._load = original
  }
}

/** knex requires its own client as `./client` or `../client`, and its dialects as `./dialects/x` or `../x`. */
function mayBeClient(request: string): boolean {
  return request.endsWith('client') || request.endsWith('client.js') || request.includes('/dialects/')
}

function prototypeOf(exported: unknown): Patchable | null {
  if (typeof exported !== 'function') return null
  const prototype: unknown = exported.prototype
  return isClientPrototype(prototype) ? prototype : null
}

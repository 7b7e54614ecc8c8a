import { isClientPrototype, type Patchable } from './knex-types.js'
import { loadedExports, onLoaded } from './module-discovery.js'

/** Where every version of knex keeps its base client and its dialects, under any package name. */
const CLIENT_FILE = /[\\/]lib[\\/](?:client|dialects[\\/][^\\/]+[\\/]index)\.js$/

/** Every client class of every copy of knex that is loaded already. */
export function loadedClientPrototypes(): readonly Patchable[] {
  return loadedExports(CLIENT_FILE)
    .map(prototypeOf)
    .filter((prototype) => prototype !== null)
}

/**
 * Calls back with each client class that is loaded from now on.
 *
 * @returns ends it
 */
export function onClientLoaded(found: (prototype: Patchable) => void): () => void {
  return onLoaded(mayBeClient, (exported) => {
    const prototype = prototypeOf(exported)
    if (prototype) found(prototype)
  })
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

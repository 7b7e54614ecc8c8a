import { listenToBookshelf } from './bookshelf.js'
import { patchAcquire, patchRelease, patchRunner } from './knex-acquire.js'
import { patchBuilders } from './knex-builders.js'
import { nameConnection, noteClient } from './knex-connection.js'
import { loadedClientPrototypes, onClientLoaded } from './knex-discovery.js'
import { noteFailedAcquire, patchQuery, patchStream } from './knex-queries.js'
import { isClientPrototype, type KnexClient, type Method, type Patchable } from './knex-types.js'
import { listenToObjection } from './objection.js'
import { createPatches, type Patches } from './patches.js'

interface Installation {
  readonly patches: Patches
  readonly stopDiscovery: () => void
  users: number
}

// Prototypes are shared by the whole process, so the patches are too, however many profilers there are.
let installation: Installation | null = null

/**
 * Hears every knex of the process, loaded before or after, of any version from 0.95 and in any number of copies.
 *
 * It works on the client *prototypes*: a transaction has a client of its own that no patch or listener on an instance
 * reaches, and knex's events have no end for BEGIN, COMMIT and streams.
 *
 * @returns ends it; the last user puts knex back as it was
 */
export function listenToKnex(): () => void {
  installation ??= install()
  const current = installation
  current.users++
  let listening = true
  return () => {
    if (!listening) return
    listening = false
    if (--current.users > 0) return
    current.stopDiscovery()
    current.patches.undo()
    installation = null
  }
}

function install(): Installation {
  const patches = createPatches()
  const adopt = (prototype: Patchable): void => adoptPrototype(prototype, patches)
  const stopDiscovery = onClientLoaded(adopt)
  for (const prototype of loadedClientPrototypes()) adopt(prototype)
  const stops = [stopDiscovery, listenToObjection(patches), listenToBookshelf(patches)]
  return {
    patches,
    // The last first: each puts back the hook that it found.
    stopDiscovery: () => {
      for (const stop of stops.reverse()) stop()
    },
    users: 0,
  }
}

/**
 * Hears one instance that discovery cannot reach: knex bundled into the app, or loaded by another module registry.
 *
 * @param name shown as the connection's name
 * @throws TypeError when it is not a knex instance
 */
export function watchKnex(knex: unknown, name: string | undefined): void {
  const client: unknown = (knex as { readonly client?: unknown } | null | undefined)?.client
  const prototype: unknown = client && Object.getPrototypeOf(client)
  if (!isClientPrototype(prototype)) {
    throw new TypeError(`Expected \`knex\` to be a knex instance, got ${typeof knex}: watch(knexInstance, { name? })`)
  }
  if (installation) adoptPrototype(prototype, installation.patches)
  if (name !== undefined) nameConnection(client as KnexClient, name)
}

/** Patches the class and each class it extends: dialects override some methods and inherit others. */
function adoptPrototype(prototype: Patchable, patches: Patches): void {
  let target: Patchable | null = prototype
  while (target && isClientPrototype(target)) {
    patchBuilders(target, patches)
    patches.wrap(target, 'query', (original) => patchQuery(original, patches))
    patches.wrap(target, 'stream', (original) => patchStream(original, patches))
    patches.wrap(target, 'acquireConnection', (original) => patchAcquire(original, noteFailedAcquire))
    patches.wrap(target, 'releaseConnection', patchRelease)
    patches.wrap(target, 'runner', patchRunner)
    const base: Patchable = target
    // A dialect loaded before silk but never scanned (bundled beside an unbundled base) makes itself known here:
    // knex calls it on each new instance.
    patches.wrap(target, 'initializePool', (original) => adoptingInitialize(original, base, patches))
    target = Object.getPrototypeOf(target) as Patchable | null
  }
}

function adoptingInitialize(original: Method, base: Patchable, patches: Patches): Method {
  return function (...args) {
    const prototype: unknown = Object.getPrototypeOf(this)
    if (prototype !== base && isClientPrototype(prototype)) adoptPrototype(prototype, patches)
    noteClient(this)
    return original.apply(this, args)
  }
}

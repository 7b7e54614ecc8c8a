import { areStacksTaken, calledFrom, guarded } from '../current.js'
import { captureStack } from '../stack.js'
import type { Method, Patchable } from './knex-types.js'
import { loadedExports, onLoaded } from './module-discovery.js'
import type { Patches } from './patches.js'

const FILE = /[\\/]bookshelf[\\/]lib[\\/](?:model|collection)\.js$/
const FOLDER = /[\\/]bookshelf[\\/]lib[\\/][^\\/]+$/

/** What sends queries. */
const METHODS = [
  'fetch',
  'fetchAll',
  'fetchPage',
  'fetchOne',
  'load',
  'refresh',
  'count',
  'save',
  'destroy',
  'create',
] as const

/**
 * Notes where Bookshelf is called: it makes its knex builders after promises of its own, when the app's lines are gone
 * from the stack.
 *
 * @returns ends the search for copies that are loaded later
 */
export function listenToBookshelf(patches: Patches): () => void {
  const adopt = (exported: unknown): void => {
    const prototype: unknown = typeof exported === 'function' ? exported.prototype : null
    if (typeof prototype !== 'object' || prototype === null) return
    for (const name of METHODS) patches.wrap(prototype as Patchable, name, noteCall)
  }
  for (const exported of loadedExports(FILE)) adopt(exported)
  return onLoaded((request, from) => /^\.\/(?:model|collection)$/.test(request) && FOLDER.test(from), adopt)
}

function noteCall(original: Method): Method {
  const call: Method = function (...args) {
    const stack = guarded(null, () => (areStacksTaken() ? captureStack(call) : null))
    return stack === null ? original.apply(this, args) : calledFrom(stack, () => original.apply(this, args))
  }
  return call
}

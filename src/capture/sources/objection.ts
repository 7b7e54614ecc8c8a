import { areStacksTaken, calledFrom, guarded } from '../current.js'
import { type CapturedStack, captureStack } from '../stack.js'
import { createStamps } from '../stamps.js'
import type { Method, Patchable } from './knex-types.js'
import { loadedExports, onLoaded } from './module-discovery.js'
import type { Patches } from './patches.js'

const BUILDER_FILE = /[\\/]objection[\\/]lib[\\/]queryBuilder[\\/]QueryBuilder\.js$/

/** A class, seen as a bag of its static methods. */
type BuilderClass = Patchable & { readonly prototype: Patchable }

// Where a builder was made: the app's line is on the stack then, and no more when the builder is awaited.
const madeAt = createStamps<CapturedStack>()

/**
 * Notes where Objection is called: it makes the knex builders of a relation after others have been answered, when the
 * app's lines are gone from the stack.
 *
 * @returns ends the search for copies that are loaded later
 */
export function listenToObjection(patches: Patches): () => void {
  const adopt = (exported: unknown): void => {
    const builder = builderClassOf(exported)
    const maker = builder && patches.ownerOf(builder, 'forClass')
    if (!builder || !maker) return
    patches.wrap(maker, 'forClass', noteMaking)
    patches.wrap(builder.prototype, 'execute', withItsMaking)
  }
  for (const exported of loadedExports(BUILDER_FILE)) adopt(exported)
  return onLoaded((request) => request.endsWith('QueryBuilder'), adopt)
}

function builderClassOf(exported: unknown): BuilderClass | null {
  const builder = (exported as { readonly QueryBuilder?: unknown } | null | undefined)?.QueryBuilder
  if (typeof builder !== 'function') return null
  const found = builder as unknown as BuilderClass
  return typeof found.prototype?.toKnexQuery === 'function' ? found : null
}

function noteMaking(original: Method): Method {
  const forClass: Method = function (...args) {
    const builder = original.apply(this, args)
    guarded(undefined, () => {
      if (typeof builder === 'object' && builder !== null && areStacksTaken())
        madeAt.set(builder, captureStack(forClass))
    })
    return builder
  }
  return forClass
}

function withItsMaking(original: Method): Method {
  return function (...args) {
    const stack = madeAt.get(this)
    return stack === undefined ? original.apply(this, args) : calledFrom(stack, () => original.apply(this, args))
  }
}

import type { Method, Patchable } from './knex-types.js'

interface Patch {
  readonly target: Patchable
  readonly name: string
  readonly original: Method
  readonly replacement: Method
}

/** Methods replaced on foreign prototypes, each at most once, so that all can be put back. */
export interface Patches {
  /** Wraps the target's own method; nothing happens where it has none or is wrapped already. */
  wrap(target: Patchable, name: string, make: (original: Method) => Method): void
  /** The object on the prototype chain that owns the method. */
  ownerOf(object: object, name: string): Patchable | null
  /** True once for each object: guards work that one call per class does. */
  firstTime(object: object): boolean
  undo(): void
  /** After `undo`: a wrapper that another library holds on to must do nothing of its own. */
  readonly undone: boolean
}

export function createPatches(): Patches {
  const done: Patch[] = []
  const replacements = new WeakSet<Method>()
  const seen = new WeakSet<object>()
  let undone = false

  return {
    get undone() {
      return undone
    },
    wrap(target, name, make) {
      if (!Object.hasOwn(target, name)) return
      const original = target[name]
      if (typeof original !== 'function' || replacements.has(original)) return
      const replacement = make(original)
      replacements.add(replacement)
      Object.defineProperty(replacement, 'name', { value: original.name })
      target[name] = replacement
      done.push({ target, name, original, replacement })
    },
    ownerOf(object, name) {
      let owner: object | null = object
      while (owner && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
      return owner as Patchable | null
    },
    firstTime(object) {
      if (seen.has(object)) return false
      seen.add(object)
      return true
    },
    undo() {
      undone = true
      for (const { target, name, original, replacement } of done.splice(0).reverse()) {
        // Another library may have wrapped it since: then ours stays in the chain, and nobody is listening.
        if (target[name] === replacement) target[name] = original
      }
    },
  }
}

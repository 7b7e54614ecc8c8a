/** Values attached to objects that are not ours. */
export interface Stamps<T> {
  /** `undefined`: it has none. */
  get(object: object): T | undefined
  set(object: object, value: T): void
}

class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what lets a private field be put on any object
    return object
  }
}

/**
 * As a WeakMap, and about a tenth of its cost (25 ns against 240 for one write and one read): the value is a private
 * field of the object, which nothing can see or copy, neither reflection nor a spread, and which goes with it.
 */
export function createStamps<T>(): Stamps<T> {
  class Stamp extends Given {
    #value: T
    constructor(object: object, value: T) {
      super(object)
      this.#value = value
    }
    static get(object: object): T | undefined {
      return #value in object ? object.#value : undefined
    }
    static set(object: object, value: T): void {
      if (#value in object) object.#value = value
      else new Stamp(object, value)
    }
  }
  return Stamp
}

import { errorMonitor } from 'node:events'
import { types } from 'node:util'
import { guarded } from '../current.js'

/** What is told of a result as it comes about. */
export interface Following {
  /** Runs a step of it where the span is current. */
  inside<R>(step: () => R): R
  /** Runs a step of whoever called, where what was current then is current again. */
  outside<R>(step: () => R): R
  /** It begins anew, before a step; `atFirst`: it had not begun yet. */
  resume(): void
  /** A step is over, and more may come. */
  pause(): void
  end(): void
  fail(error: unknown): void
}

type Callback = ((value: unknown) => unknown) | null | undefined
type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * Follows what a function has returned until it is done: a promise, a query builder or another thenable that begins when
 * it is awaited, a generator, a stream; all else is done already.
 *
 * What is handed on is the same object, with its laziness, except for a promise: of it, one that settles as it does.
 * Noting a rejection on a side branch would hide from the process that nobody else handles it.
 */
export function followResult<R>(result: R, following: Following): R {
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) {
    following.end()
    return result
  }
  const followed = guarded(null, () => follow(result as object, following))
  if (followed === null) following.end()
  return (followed ?? result) as R
}

function follow(result: object, following: Following): object | null {
  if (types.isPromise(result)) return followPromise(result, following)
  const { then, next, pipe, once } = result as Partial<Record<'then' | 'next' | 'pipe' | 'once', Method>>
  if (typeof then === 'function') return followThenable(result as Thenable, then, following)
  if (typeof next === 'function' && types.isGeneratorObject(result)) return followGenerator(result, following)
  if (typeof pipe === 'function' && typeof once === 'function') return followStream(result as Emitter, following)
  return null
}

function followPromise(promise: Promise<unknown>, { end, fail }: Following): object {
  const follower = promise.then(
    (value) => {
      end()
      return value
    },
    (error: unknown) => {
      fail(error)
      throw error
    },
  )
  // Some libraries hang methods on their promises (`request.json()`).
  Object.defineProperties(follower, Object.getOwnPropertyDescriptors(promise))
  return follower
}

interface Thenable {
  readonly then: Method
  /** Bluebird's. */
  readonly isPending?: unknown
}

/** Own `then`: the builder itself stays, so that it can still be added to, cloned, or never run at all. */
function followThenable(thenable: Thenable, then: Method, following: Following): object | null {
  const { inside, outside, resume, pause, end, fail } = following
  // Bluebird is under way already, and its other methods do not come by `then`.
  if (typeof thenable.isPending === 'function') {
    return then.call(
      thenable,
      (value: unknown) => {
        end()
        return value
      },
      (error: unknown) => {
        fail(error)
        throw error
      },
    ) as object
  }
  const own: Method = function (this: unknown, ...args) {
    const [onDone, onFailed, ...rest] = args as [Callback, Callback, ...unknown[]]
    resume()
    return inside(() =>
      then.call(
        this,
        (value: unknown) => {
          end()
          return typeof onDone === 'function' ? outside(() => onDone(value)) : value
        },
        (error: unknown) => {
          fail(error)
          if (typeof onFailed === 'function') return outside(() => onFailed(error))
          throw error
        },
        ...rest,
      ),
    )
  }
  if (!redefine(thenable, 'then', own)) return null
  pause()
  return thenable
}

/** Steps run where the span is current; between them the time is the reader's. */
function followGenerator(generator: object, following: Following): object {
  const methods = generator as Record<'next' | 'return' | 'throw', Method>
  for (const name of ['next', 'return', 'throw'] as const) {
    const original = methods[name]
    redefine(generator, name, function (this: unknown, ...args) {
      following.resume()
      let step: unknown
      try {
        step = following.inside(() => original.apply(this, args))
      } catch (error) {
        following.fail(error)
        throw error
      }
      if (!types.isPromise(step)) return noteStep(step, following)
      return step.then(
        (value) => noteStep(value, following),
        (error: unknown) => {
          following.fail(error)
          throw error
        },
      )
    })
  }
  following.pause()
  return generator
}

function noteStep(step: unknown, { pause, end }: Following): unknown {
  if ((step as IteratorResult<unknown> | undefined)?.done === true) end()
  else pause()
  return step
}

interface Emitter {
  once(event: string | symbol, listener: (...args: unknown[]) => void): unknown
  on(event: string | symbol, listener: (...args: unknown[]) => void): unknown
}

/** Heard without taking part: no `data` listener, which would start the flow, and no `error` listener of its own. */
function followStream(stream: Emitter, { end, fail }: Following): object {
  let isOver = false
  const once = (over: () => void): void => {
    if (!isOver) over()
    isOver = true
  }
  stream.on(errorMonitor, (error) => once(() => fail(error)))
  for (const event of ['end', 'finish', 'close']) stream.once(event, () => once(end))
  return stream
}

/** @returns whether it could be: not where the object is frozen */
function redefine(object: object, name: string, value: Method): boolean {
  return Reflect.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false })
}

import type { SpanOptions } from './span.js'
import { runSpan } from './span.js'

type AnyFunction = (...args: never[]) => unknown

/**
 * The same function, each call of it a span. A Proxy and not a function around it: name, arity, own properties, `this`,
 * `new` and `instanceof` stay as they are.
 *
 * @param isOff asked at each call: whether it is no span any more
 */
export function spanned<Fn extends AnyFunction>(
  fn: Fn,
  name: string,
  options: SpanOptions | undefined,
  isOff: () => boolean = () => false,
): Fn {
  return new Proxy(fn, {
    apply(target, thisArg, args) {
      const call = (): unknown => Reflect.apply(target, thisArg, args)
      return isOff() ? call() : runSpan(name, call, options)
    },
  })
}

/**
 * Makes each call of a method a span, for an object's own method and for one that it has from its prototype.
 *
 * @returns takes it back; idempotent
 * @throws TypeError when there is no such method, or it cannot be replaced
 */
export function wrapMethod(object: unknown, method: string | symbol, name?: string): () => void {
  const target = ownerOf(object, method)
  const found = descriptorOf(target, method)
  const original: unknown = found?.descriptor.value
  const shown = `silk.wrap(object, '${String(method)}')`
  if (found === null || typeof original !== 'function') {
    throw new TypeError(`${shown} needs a method of that name${found ? ', and it is none' : ''}: ${methodsOf(target)}`)
  }
  let isOff = false
  const { descriptor, isOwn } = found
  const spanName = name ?? nameOf(target, method)
  const wrapped = spanned(original as AnyFunction, spanName, undefined, () => isOff)
  if (!Reflect.defineProperty(target, method, { ...descriptor, value: wrapped })) {
    throw new TypeError(`${shown} cannot replace the method: the object is frozen, or the property cannot be changed.`)
  }
  return () => {
    if (isOff) return
    isOff = true
    // Somebody else may have wrapped it after us: then ours stays below, and does nothing.
    if (Reflect.getOwnPropertyDescriptor(target, method)?.value !== wrapped) return
    if (isOwn) Reflect.defineProperty(target, method, descriptor)
    else Reflect.deleteProperty(target, method)
  }
}

function ownerOf(object: unknown, method: string | symbol): object {
  if ((typeof object === 'object' && object !== null) || typeof object === 'function') return object
  throw new TypeError(`silk.wrap(object, '${String(method)}') needs an object or a class, got ${typeof object}.`)
}

function descriptorOf(
  target: object,
  method: string | symbol,
): { readonly descriptor: PropertyDescriptor; readonly isOwn: boolean } | null {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(at, method)
    if (descriptor !== undefined) return { descriptor, isOwn: at === target }
  }
  return null
}

/** `ReportService.build`: of a prototype or an instance, with its class. */
export function nameOf(target: object, method: string | symbol): string {
  const owner: unknown = typeof target === 'function' ? target.name : target.constructor?.name
  return typeof owner === 'string' && owner !== '' && owner !== 'Object' ? `${owner}.${String(method)}` : String(method)
}

function methodsOf(target: object): string {
  const names = new Set<string>()
  for (let at: object | null = target; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    }
  }
  return names.size === 0 ? 'it has none.' : `it has ${[...names].slice(0, 10).join(', ')}.`
}

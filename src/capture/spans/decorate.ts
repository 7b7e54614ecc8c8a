import type { SpanOptions } from './span.js'
import { runSpan } from './span.js'
import { nameOf, spanned } from './wrap.js'

type Method = (...args: never[]) => unknown

/** Decorates a method: by the standard, and by TypeScript's `experimentalDecorators`. */
export interface SpanDecorator {
  <Fn extends Method>(method: Fn, context: ClassMethodDecoratorContext): Fn
  // biome-ignore lint/suspicious/noExplicitAny: what TypeScript's older decorators hand over fits no narrower type
  (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<any>): void
}

/** `silk.span`: runs a function as a span, or makes a decorator. */
export interface SpanFunction {
  <R>(name: string, fn: () => R, options?: SpanOptions): R
  (name?: string, options?: SpanOptions): SpanDecorator
}

export const span: SpanFunction = ((name?: string, second?: unknown, options?: SpanOptions): unknown => {
  if (typeof second === 'function') return runSpan(name as string, second as () => unknown, options)
  if ((name !== undefined && typeof name !== 'string') || (second !== undefined && typeof second !== 'object')) {
    throw new TypeError(
      `Expected silk.span(name, fn) or @silk.span(name?, options?), got silk.span(${kinds(name, second)})`,
    )
  }
  return decorator(name, (second ?? undefined) as SpanOptions | undefined)
}) as SpanFunction

function kinds(...values: readonly unknown[]): string {
  return values.map((value) => typeof value).join(', ')
}

function decorator(name: string | undefined, options: SpanOptions | undefined) {
  return (first: unknown, second: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (typeof second === 'object' && second !== null && 'kind' in second) {
      const { kind, name: own } = second as ClassMethodDecoratorContext
      if (kind !== 'method' || typeof first !== 'function') throw notAMethod(String(own))
      return spanned(first as Method, name ?? String(own), options)
    }
    if (typeof descriptor?.value !== 'function') throw notAMethod(String(second))
    const byDefault = nameOf(first as object, second as string | symbol)
    return { ...descriptor, value: spanned(descriptor.value as Method, name ?? byDefault, options) }
  }
}

function notAMethod(name: string): TypeError {
  return new TypeError(`@silk.span() is for methods, and ${name} is none.`)
}

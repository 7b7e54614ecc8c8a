import { inspect } from 'node:util'

/** @throws TypeError when a name is no text, or what is to be run no function */
export function checkNamed(method: 'record' | 'span', name: unknown, fn: unknown): void {
  if (typeof name !== 'string' || name.trim() === '') {
    throw new TypeError(`Expected the name that silk.${method}(name, fn) is given to be a text, got ${shown(name)}`)
  }
  if (typeof fn !== 'function') {
    throw new TypeError(`Expected what silk.${method}('${name}', fn) is to run to be a function, got ${shown(fn)}`)
  }
}

/** A value as an error names it. */
export function shown(value: unknown): string {
  return `${inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 100)} (${typeof value})`
}

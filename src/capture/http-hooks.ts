import { IncomingMessage, ServerResponse } from 'node:http'
import { type Exchange, exchangeOf } from './exchange.js'

type Method = (this: object, ...args: unknown[]) => unknown
type MakeHook = (original: Method) => Method
type Hookable = Record<string, Method | undefined>

interface Installation {
  readonly undo: () => void
  users: number
}

let installation: Installation | null = null

/**
 * Hears of what is read from requests and written to responses, by the prototypes that all of them in the process share:
 * what is no exchange goes on at the cost of one look-up.
 *
 * @returns ends it; the last user puts the prototypes back as they were
 */
export function hookHttp(): () => void {
  installation ??= { undo: install(), users: 0 }
  const current = installation
  current.users++
  let isHooked = true
  return () => {
    if (!isHooked) return
    isHooked = false
    if (--current.users > 0) return
    current.undo()
    installation = null
  }
}

function install(): () => void {
  const request = IncomingMessage.prototype as unknown as Hookable
  const response = ServerResponse.prototype as unknown as Hookable
  const undo = [
    hook(request, 'emit', requestEmit),
    hook(response, 'emit', responseEmit),
    hook(response, 'write', (original) => writing(original, false)),
    hook(response, 'end', (original) => ending(original, false)),
    hook(response, '_storeHeader', storingHeader),
  ]
  return () => {
    for (const one of undo) one()
  }
}

/** Where the response of an exchange has methods of its own, those: compression in front of silk, or what is no real one. */
export function hookOwnMethods(exchange: Exchange, req: object, res: object): void {
  if (!(req instanceof IncomingMessage)) wrapOwn(req as Hookable, 'emit', requestEmit)
  const isReal = res instanceof ServerResponse
  if (!isReal) {
    wrapOwn(res as Hookable, 'emit', responseEmit)
    wrapOwn(res as Hookable, '_storeHeader', storingHeader)
  }
  const { write, end } = res as Hookable
  const { write: heardWrite, end: heardEnd } = ServerResponse.prototype as unknown as Hookable
  if (isReal && write === heardWrite && end === heardEnd) return
  exchange.hasOwnMethods = true
  wrapOwn(res as Hookable, 'write', (original) => writing(original, true))
  wrapOwn(res as Hookable, 'end', (original) => ending(original, true))
}

function wrapOwn(object: Hookable, name: string, make: MakeHook): void {
  const original = object[name]
  if (typeof original === 'function') object[name] = make(original)
}

/** @returns puts the prototype back as it was, unless somebody else has wrapped it since: then ours stays below */
function hook(prototype: Hookable, name: string, make: MakeHook): () => void {
  const original = prototype[name]
  if (typeof original !== 'function') return () => {}
  const own = Object.getOwnPropertyDescriptor(prototype, name)
  const replacement = make(original)
  Object.defineProperty(replacement, 'name', { value: original.name, configurable: true })
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true })
  // An assignment, as all methods of Node's own prototypes are made: `for … in` goes on to see the same names.
  prototype[name] = replacement
  return () => {
    if (prototype[name] !== replacement) return
    if (own) Object.defineProperty(prototype, name, own)
    else delete prototype[name]
  }
}

/**
 * Runs the listeners of a request in its own scope. A body that arrives in several packets is emitted from the socket's
 * context, not the middleware's: raw 'end' handlers, multer, busboy and formidable would lose theirs. Every way of reading
 * a stream ends in its 'data' event: listeners, pipes, `for await` and `read()`.
 */
function requestEmit(original: Method): Method {
  return function (...args) {
    const exchange = exchangeOf(this)
    if (exchange === undefined) return Reflect.apply(original, this, args)
    if (args[0] === 'data') exchange.noteRead(args[1])
    return emitInScope(exchange, original, this, args)
  }
}

function responseEmit(original: Method): Method {
  return function (...args) {
    const exchange = exchangeOf(this)
    if (exchange === undefined) return Reflect.apply(original, this, args)
    if (args[0] === 'finish' || args[0] === 'close') exchange.end(args[0] === 'finish')
    return emitInScope(exchange, original, this, args)
  }
}

function emitInScope({ carrier, scope }: Exchange, emit: Method, emitter: object, args: unknown[]): unknown {
  if (carrier.current() === scope) return Reflect.apply(emit, emitter, args)
  return carrier.run(scope, () => Reflect.apply(emit, emitter, args))
}

/** Hands on all that it gets and returns what the original does: compression in front of silk rests on both. */
function writing(original: Method, isOwn: boolean): Method {
  return function (...args) {
    const exchange = exchangeOf(this)
    if (exchange !== undefined && exchange.hasOwnMethods === isOwn) exchange.noteWrite(args[0], args[1])
    return Reflect.apply(original, this, args)
  }
}

/** The same: session stores wrap it again. */
function ending(original: Method, isOwn: boolean): Method {
  return function (...args) {
    const exchange = exchangeOf(this)
    if (exchange !== undefined && exchange.hasOwnMethods === isOwn) exchange.noteLast(args[0], args[1])
    return Reflect.apply(original, this, args)
  }
}

/**
 * Adds silk's headers when Node puts the head of the answer together, whichever way the app comes to that: `writeHead`
 * with an object, with a list or with nothing, `flushHeaders`, a first `write`, `end`.
 *
 * They go in behind the status line, as text. Setting them would not do: `writeHead` with a list of headers sends it as
 * it is only while no header has been set, and merges it otherwise. `_storeHeader` is where Node has made the head
 * since 0.x; on a response that has none, nothing is added.
 */
function storingHeader(original: Method): Method {
  return function (...args) {
    const exchange = exchangeOf(this)
    if (exchange !== undefined && typeof args[0] === 'string') args[0] += exchange.addedLines()
    return Reflect.apply(original, this, args)
  }
}

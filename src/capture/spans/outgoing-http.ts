import diagnostics from 'node:diagnostics_channel'
import { errorMonitor } from 'node:events'
import type { SpanTags } from '../../model/span.js'
import { guarded, type Running, running } from '../current.js'
import type { Masker } from '../mask.js'
import { captureStack } from '../stack.js'
import { beginSpan, endSpan, failSpan, type OpenSpan } from './open-span.js'
import { isSiteWanted } from './sampled-sites.js'

/** What undici tells of a request; also Node's own `fetch`, which has its own copy of undici. */
interface UndiciRequest {
  readonly origin?: unknown
  readonly path?: unknown
  readonly method?: unknown
}

interface ClientRequest {
  readonly method: string
  readonly protocol: string
  readonly host: string
  readonly path: string
  getHeader(name: string): unknown
  on(event: symbol, listener: (error: unknown) => void): unknown
  once(event: string, listener: () => void): unknown
}

interface Sent {
  readonly at: Running
  readonly span: OpenSpan
}

type Message = Readonly<Record<string, unknown>>

/**
 * Makes each request that the app sends a span, by the channels on which Node (`http`, `https`) and undici (`fetch`)
 * tell of them. Nothing is patched, and a request outside of recordings costs a look at the context.
 *
 * @returns takes it back
 */
export function listenToOutgoing(masker: Pick<Masker, 'url'>): () => void {
  const sent = new WeakMap<object, Sent>()
  const byRequest = (message: Message): Sent | undefined => sent.get(message.request as object)

  function begin(request: object, told: { method: string; origin: string; path: string }): void {
    const at = running()
    if (at === null || sent.has(request)) return
    const host = told.origin.replace(/^\w+:\/\//, '')
    const name = `${told.method} ${host}`
    const url = masker.url(told.origin + told.path)
    const span = beginSpan(at.recorder, {
      ...{ kind: 'http', name, parent: at.scope.span ?? null, tags: { url } },
      stack: isSiteWanted(name) ? captureStack(begin) : null,
    } as const)
    sent.set(request, { at, span })
  }

  const listeners: Readonly<Record<string, (message: Message) => void>> = {
    'undici:request:create': ({ request }) => {
      const { origin, path, method } = request as UndiciRequest
      begin(request as object, { method: String(method), origin: String(origin), path: String(path) })
    },
    'undici:request:headers': (message) => answered(byRequest(message), message.response),
    'undici:request:trailers': (message) => over(byRequest(message)),
    'undici:request:error': (message) => failed(byRequest(message), message.error),
    'http.client.request.start': ({ request }) => {
      const client = request as ClientRequest
      const host = client.getHeader('host') ?? client.host
      begin(client, { method: client.method, origin: `${client.protocol}//${String(host)}`, path: client.path })
      const own = sent.get(client)
      if (own === undefined) return
      // Heard without taking part: as with no listener, an error that nobody handles is thrown.
      client.on(errorMonitor, (error) => failed(own, error))
      client.once('close', () => over(own))
    },
    'http.client.response.finish': (message) => answered(byRequest(message), message.response),
  }
  const subscribed = Object.entries(listeners).map(([channel, listener]) => {
    const guard = (message: unknown): void => guarded(undefined, () => listener(message as Message))
    diagnostics.subscribe(channel, guard)
    return () => diagnostics.unsubscribe(channel, guard)
  })
  return () => {
    for (const unsubscribe of subscribed) unsubscribe()
  }
}

/** The time goes on until the body is there; where nobody reads it, this is the end. */
function answered(own: Sent | undefined, response: unknown): void {
  if (own === undefined) return
  const { statusCode } = (response ?? {}) as { readonly statusCode?: unknown }
  own.span.lateTags = {
    ...own.span.lateTags,
    ...(typeof statusCode === 'number' ? { status: statusCode } : {}),
  } as SpanTags
  over(own)
}

function over(own: Sent | undefined): void {
  if (own !== undefined) endSpan(own.at.recorder, own.span)
}

function failed(own: Sent | undefined, error: unknown): void {
  if (own !== undefined) failSpan(own.at.recorder, own.span, error)
}

import type { Request, Response } from 'express'
import type { RecordingSummary, RequestFilter } from '../model/request-list.js'
import type { RecordingReader } from '../model/store.js'

export interface LiveTailSettings {
  readonly reader: RecordingReader
  /** Ends all tails. */
  readonly signal: AbortSignal | null
}

export interface Watch {
  readonly filter: RequestFilter
  /** What the browser has already: newer recordings are sent at once. `null`: it has none. */
  readonly after: string | null
  /** Turns recordings, newest first, into what is sent. */
  readonly render: (fresh: readonly RecordingSummary[]) => Promise<object>
}

export interface LiveTail {
  /** @returns whether there is room for one more */
  watch(req: Request, res: Response, watch: Watch): boolean
}

const MOST_CLIENTS = 20
const POLL_MS = 1_000
/** A long request is written under the time of its beginning: so far back is looked for what came late. */
const LATE_MS = 60_000
const MOST_AT_ONCE = 50
const MOST_SEEN = 2_000
/** Proxies cut connections on which nothing moves. */
const HEARTBEAT_MS = 15_000
/** Then the browser asks again, and whether it may is asked again too. */
const LONGEST_MS = 10 * 60_000
/** A browser that reads nothing any more is let go. */
const MOST_UNSENT_BYTES = 1_000_000

interface Client extends Watch {
  readonly req: Request
  readonly res: Response
  readonly openedAt: number
  readonly seen: Set<string>
  version: string | null
  wroteAt: number
}

/**
 * Tells browsers of new recordings by server-sent events. The store is asked once a second for its newest recording,
 * for all of them together and only while someone watches: so it hears of other processes too. Neither the timer nor an
 * open tail keeps the process alive.
 */
export function createLiveTail({ reader, signal }: LiveTailSettings): LiveTail {
  const clients = new Set<Client>()
  let isPolling = false

  function drop(client: Client): void {
    clients.delete(client)
    client.res.end()
  }

  function schedule(): void {
    if (isPolling) return
    isPolling = true
    setTimeout(() => {
      poll()
        .catch(() => {
          // A store that cannot be read now is asked again; the page itself tells what is wrong with it.
        })
        .finally(() => {
          isPolling = false
          if (clients.size > 0) schedule()
        })
    }, POLL_MS).unref()
  }

  async function poll(): Promise<void> {
    for (const client of clients) if (isOver(client)) drop(client)
    if (clients.size === 0) return
    const { version } = await reader.newest()
    for (const client of [...clients]) await tell(reader, client, version)
  }

  signal?.addEventListener('abort', () => {
    for (const client of clients) drop(client)
  })

  return {
    watch: (req, res, watch) => {
      if (clients.size >= MOST_CLIENTS || signal?.aborted === true) return false
      const client: Client = {
        ...watch,
        ...{ req, res, openedAt: Date.now(), seen: new Set(), version: null, wroteAt: Date.now() },
      }
      open(res)
      clients.add(client)
      res.on('close', () => clients.delete(client))
      res.on('error', () => clients.delete(client))
      schedule()
      return true
    },
  }
}

function open(res: Response): void {
  res.statusCode = 200
  res.setHeader('content-type', 'text/event-stream; charset=utf-8')
  // Compression in front of silk would hold events back.
  res.setHeader('cache-control', 'no-store, no-transform')
  res.setHeader('x-accel-buffering', 'no')
  // The socket is not for other requests afterwards, since it does not keep the process alive.
  res.setHeader('connection', 'close')
  res.flushHeaders()
  res.socket?.unref()
  res.write('retry: 3000\n\n')
}

/** An app that closes its server would otherwise wait for the browser. */
function isOver({ req, res, openedAt }: Client): boolean {
  const server = (req.socket as { readonly server?: { readonly listening?: boolean } }).server
  if (server?.listening === false) return true
  return Date.now() - openedAt > LONGEST_MS || res.writableLength > MOST_UNSENT_BYTES
}

async function tell(reader: RecordingReader, client: Client, version: string): Promise<void> {
  if (client.version === version) {
    if (Date.now() - client.wroteAt > HEARTBEAT_MS) write(client, ': still here\n\n')
    return
  }
  const { filter, seen, after, render, res } = client
  const isFirst = client.version === null
  const since = Math.max(filter.since ?? 0, (isFirst ? client.openedAt : Date.now()) - LATE_MS)
  const { items } = await reader.requests({ ...filter, since, limit: 200 })
  client.version = version
  const fresh = items.filter(({ id }) => !seen.has(id) && !(isFirst && isKnown(id, after)))
  for (const { id } of items) seen.add(id)
  forgetOldest(seen)
  if (fresh.length === 0 || res.writableEnded) return
  const told = await render(fresh.slice(0, MOST_AT_ONCE))
  write(client, `event: requests\nid: ${items[0]?.id}\ndata: ${JSON.stringify(told)}\n\n`)
}

/** Ids begin with their time. */
function isKnown(id: string, after: string | null): boolean {
  return after !== null && id <= after
}

function forgetOldest(seen: Set<string>): void {
  for (const id of seen) {
    if (seen.size <= MOST_SEEN) return
    seen.delete(id)
  }
}

function write(client: Client, text: string): void {
  client.wroteAt = Date.now()
  client.res.write(text)
}

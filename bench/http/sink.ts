import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'

/** Takes what Elastic's agent sends, and reads it only while someone wants to know how much SQL is in it. */
export interface Sink {
  readonly url: string
  /** From now on. */
  startCounting(): void
  /** Database spans since then; those that the agent has put into one count as many. */
  stopCounting(): number
  close(): void
}

export async function openSink(): Promise<Sink> {
  let counted: number | undefined
  const server = createServer(async (req, res) => {
    // An answer before the end of the request is an error to the agent, after which it waits for minutes.
    if (counted === undefined) await once(req.resume(), 'end')
    else counted += databaseSpans(await text(req.headers['content-encoding'] ? req.pipe(createGunzip()) : req))
    res.writeHead(202).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    startCounting: () => {
      counted = 0
    },
    stopCounting: () => {
      const total = counted ?? 0
      counted = undefined
      return total
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Sent {
  readonly span?: { readonly type?: string; readonly composite?: { readonly count: number } }
}

function databaseSpans(lines: string): number {
  let total = 0
  for (const line of lines.split('\n')) {
    if (!line.startsWith('{"span"')) continue
    const { span } = JSON.parse(line) as Sent
    if (span?.type?.startsWith('db')) total += span.composite?.count ?? 1
  }
  return total
}

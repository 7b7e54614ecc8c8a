import { Agent, get } from 'node:http'

export interface Load {
  readonly requests: number
  readonly wallMs: number
  /** In the order in which the answers came. */
  readonly latenciesMs: readonly number[]
}

export interface LoadOrder {
  readonly port: number
  readonly path: string
  readonly requests: number
  /** Requests under way at once, each on a connection of its own. */
  readonly concurrency: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends exactly so many requests, each as soon as the one before it on its connection is answered. */
export async function sendLoad(order: LoadOrder): Promise<Load> {
  const { requests, concurrency } = order
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  let sent = 0
  const connection = async (): Promise<void> => {
    while (sent < requests) {
      sent++
      const sentAt = performance.now()
      await answered(agent, order)
      latenciesMs.push(performance.now() - sentAt)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, connection))
    return { requests, wallMs: performance.now() - startedAt, latenciesMs }
  } finally {
    agent.destroy()
  }
}

function answered(agent: Agent, { port, path, headers = {} }: LoadOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${response.statusCode} for ${path}`))
      response.resume().once('end', resolve).once('error', reject)
    })
    request.once('error', (error) => reject(new Error(`${error.message}, sending ${path} to port ${port}`)))
  })
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isMultipart, isTextual } from './bodies-types.js'
import { overload } from './overload.js'

/** Bytes that all bodies together may hold until their recordings are made. */
const MAX_HELD_BYTES = 32 * 1024 * 1024
/** Held beyond the limit, so that a secret that lies across the cut is still seen as one. */
const LOOKAHEAD_BYTES = 1024

/** What the bodies of all requests hold, and may hold. */
interface Budget {
  heldBytes: number
}

/** What is noted of a body while it passes by: its size, and a copy of its beginning. */
export class BodyNote {
  /** All that passed by, whether it was held or not. */
  bytes = 0
  /** There was no room for it among those of other requests. */
  isOverload: boolean
  readonly #budget: Budget
  readonly #chunks: Buffer[] = []
  #room: number
  #heldBytes = 0
  #isHeld: boolean | null = null
  #isEnded = false
  /** Asked at the first piece: the type of a response is not known before. */
  readonly #isWorthHolding: () => boolean

  /** @param room `null`: the app is too busy */
  constructor(room: number | null, budget: Budget, isWorthHolding: () => boolean) {
    this.#room = room ?? 0
    this.isOverload = room === null
    this.#budget = budget
    this.#isWorthHolding = isWorthHolding
  }

  /** Notes a piece; what is no piece of a body is left to Node to object to. Never throws. */
  add(chunk: unknown, encoding?: unknown): void {
    if (this.#isEnded) return
    if (typeof chunk === 'string') this.#addText(chunk, encoding)
    else if (chunk instanceof Uint8Array) {
      this.bytes += chunk.byteLength
      if (!this.#mayHold()) return
      // Copied: streams fill the same buffer again and again, and a piece of one would keep all of it in memory.
      this.#hold(Buffer.from(chunk.byteLength > this.#room ? chunk.subarray(0, this.#room) : chunk))
    }
  }

  /** The last piece, if it is one. What comes afterwards is never sent. */
  end(chunk: unknown, encoding?: unknown): void {
    this.add(chunk, encoding)
    this.#isEnded = true
  }

  /** The bytes held, which are then nobody's. */
  take(): Buffer {
    const [first] = this.#chunks
    const taken = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    this.release()
    return taken
  }

  release(): void {
    this.#budget.heldBytes -= this.#heldBytes
    this.#heldBytes = 0
    this.#room = 0
    this.#chunks.length = 0
  }

  #mayHold(): boolean {
    this.#isHeld ??= this.#isWorthHolding()
    return this.#isHeld && this.#room > 0
  }

  #addText(text: string, encoding: unknown): void {
    const known = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
    this.bytes += Buffer.byteLength(text, known)
    if (!this.#mayHold()) return
    // No character is less than half a byte: `hex` takes two for one.
    const mostChars = this.#room * 2
    this.#hold(Buffer.from(text.length > mostChars ? text.slice(0, mostChars) : text, known))
  }

  /** @param chunk of nobody else's memory */
  #hold(chunk: Buffer): void {
    const room = Math.min(this.#room, MAX_HELD_BYTES - this.#budget.heldBytes)
    if (room <= 0) {
      this.isOverload = true
      this.#room = 0
      overload.leave('bodies')
      return
    }
    const held = chunk.byteLength > room ? chunk.subarray(0, room) : chunk
    this.#chunks.push(held)
    this.#room -= held.byteLength
    this.#heldBytes += held.byteLength
    this.#budget.heldBytes += held.byteLength
  }
}

/** The bodies of one request and its response. */
export class NotedBodies {
  /** `null`: it was sent without a body. */
  readonly request: BodyNote | null
  readonly response: BodyNote

  constructor(request: BodyNote | null, response: BodyNote) {
    this.request = request
    this.response = response
  }

  /** Lets go of what is held of them. */
  release(): void {
    this.request?.release()
    this.response.release()
  }
}

/** Makes the notes of a request's bodies. */
export type TakeBodyNotes = (req: IncomingMessage, res: ServerResponse) => NotedBodies

/**
 * Notes the bodies of requests without reading them: what the app reads is seen as it is handed to the app, and what the
 * app writes as it is written. Nothing is attached to a stream, since that would start its flow.
 *
 * @param maxBytes of each body that are kept
 */
export function createBodyNotes(maxBytes: number): TakeBodyNotes {
  const budget: Budget = { heldBytes: 0 }
  const wanted = maxBytes === 0 ? 0 : maxBytes + LOOKAHEAD_BYTES

  return (req, res) => {
    const room = overload.takes('bodies') ? wanted : null
    const response = new BodyNote(room, budget, () => isTextual(headerOf(res, 'content-type')))
    if (!hasBody(req)) return new NotedBodies(null, response)
    const type = req.headers['content-type']
    return new NotedBodies(new BodyNote(room, budget, () => isTextual(type) && !isMultipart(type)), response)
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

function headerOf(res: ServerResponse, name: string): string | undefined {
  const value = res.getHeader(name)
  return value === undefined ? undefined : String(value)
}

import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What a client does next: it sends bytes, waits until so much has come back, or goes. */
export type Move = string | Buffer | { readonly until: string } | { readonly goes: 'closes' | 'resets' | 'half-closes' }

/** Between bytes and bytes, so that they arrive as two packets. */
const PAUSE_MS = 20
const PATIENCE_MS = 20_000

/** @returns all that came back, until the connection was closed or the client went */
export async function talk(socket: Socket, moves: readonly Move[]): Promise<string> {
  const seen = { text: '', isClosed: false }
  socket.on('data', (data) => {
    seen.text += data.toString('latin1')
  })
  // Where the server breaks off, what came until then is the answer.
  socket.on('error', () => {})
  socket.on('close', () => {
    seen.isClosed = true
  })
  let before: Move | undefined
  for (const move of moves) {
    if (before !== undefined && isBytes(before) && isBytes(move)) await pause(PAUSE_MS)
    if (seen.isClosed) break
    if (isBytes(move)) socket.write(move)
    else if ('until' in move)
      await until(
        () => seen.text.includes(move.until),
        () => `no ${move.until} in ${seen.text}`,
      )
    else if (move.goes === 'half-closes') socket.end()
    else return leave(socket, move.goes, seen.text, before)
    before = move
  }
  await until(
    () => seen.isClosed,
    () => `no end of the answer, ${seen.text}`,
  )
  return seen.text
}

function isBytes(move: Move): move is string | Buffer {
  return typeof move === 'string' || Buffer.isBuffer(move)
}

/** @returns what the client had waited for: what else was on its way is chance */
function leave(socket: Socket, how: 'closes' | 'resets', text: string, before: Move | undefined): string {
  if (how === 'resets') socket.resetAndDestroy()
  else socket.destroy()
  const awaited = before !== undefined && !isBytes(before) && 'until' in before ? before.until : ''
  return text.slice(0, text.indexOf(awaited) + awaited.length)
}

export async function until(isSo: () => boolean, failure: () => string): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (!isSo()) {
    if (Date.now() > end) throw new Error(failure())
    await pause(2)
  }
}

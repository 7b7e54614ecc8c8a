import type { SpanTags } from '../../model/span.js'
import { clock } from '../clock.js'
import { type Running, running } from '../current.js'
import { checkNamed } from '../named.js'
import { captureStack } from '../stack.js'
import { beginSpan, endSpan, failSpan, keptSpan, type OpenSpan, type SpanStart } from './open-span.js'
import { isSiteWanted } from './sampled-sites.js'
import { type Following, followResult } from './settling.js'

const MAX_NAME_CHARS = 200

export interface SpanOptions {
  /** What tells one call from another; values of secret names are masked, at most 20 are kept. */
  readonly tags?: SpanTags | undefined
}

/**
 * Runs a function of the app as a span of the running request or job. Outside of both, and where nobody records, it is
 * just run.
 *
 * @returns what the function returns; of a promise, one that settles as it does
 * @throws TypeError when it is recorded and the name is no text or `fn` no function; and what `fn` throws
 */
export function runSpan<R>(name: string, fn: () => R, options?: SpanOptions): R {
  const at = running()
  if (at === null) return fn()
  checkNamed('span', name, fn)
  const stack = isSiteWanted(name) ? captureStack(runSpan) : null
  const start = { kind: 'code', name: name.slice(0, MAX_NAME_CHARS), tags: options?.tags ?? null, stack } as const
  return enterSpan(at, { ...start, parent: at.scope.span ?? null }, fn)
}

/** Runs a function inside a span that begins now and ends when what it returns is done. */
function enterSpan<R>(at: Running, start: SpanStart, fn: () => R): R {
  const span = beginSpan(at.recorder, start)
  const following = followingOf(at, span)
  let result: R
  try {
    result = following.inside(fn)
  } catch (error) {
    failSpan(at.recorder, span, error)
    throw error
  }
  return followResult(result, following)
}

function followingOf({ carrier, scope, recorder }: Running, span: OpenSpan): Following {
  const within = { ...scope, span: keptSpan(span) }
  let hasBegun = false
  let pausedMs: number | null = null
  return {
    inside: (step) => carrier.run(within, step),
    outside: (step) => carrier.run(scope, step),
    pause() {
      pausedMs = clock.now()
      // As long as nobody goes on with it, this is all there was.
      if (!hasBegun) endSpan(recorder, span)
    },
    resume() {
      const nowMs = clock.now()
      if (!hasBegun) span.startMs = nowMs
      else if (pausedMs !== null) span.awayMs += nowMs - pausedMs
      hasBegun = true
      pausedMs = null
      span.endMs = span.index === null ? span.endMs : null
    },
    end: () => endSpan(recorder, span),
    fail: (error) => failSpan(recorder, span, error),
  }
}

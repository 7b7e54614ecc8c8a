import { fetchCode } from './fetch-code.js'
import { httpFile } from './http-file.js'
import { type ReplaySource, replayRequest } from './replay-request.js'
import { curlCommand, httpieCommand } from './shell-commands.js'
import { regressionTest, replayTest, type TestedFinding } from './test-code.js'

export type { ReplaySource } from './replay-request.js'

export const REPLAY_TARGETS = ['curl', 'fetch', 'httpie', 'http', 'test'] as const
export type ReplayTarget = (typeof REPLAY_TARGETS)[number]

/** A request as code that sends it again. */
export interface Replay {
  /** Names of environment variables that stand for what was masked. */
  readonly placeholders: readonly string[]
  /** What is not as it was sent, one sentence each; it stands in the code as comments too. */
  readonly notes: readonly string[]
  readonly code: Readonly<Record<ReplayTarget, string>>
}

/**
 * Code that sends a recorded request again. What was masked stands in it by name, never as its mask.
 *
 * @param appUrl where the app is, if the request does not say: `http://localhost:3000`
 * @returns `null` for what has no address to be sent to
 */
export function replayOf(source: ReplaySource, appUrl: string): Replay | null {
  const request = replayRequest(source, appUrl)
  if (request === null) return null
  return {
    placeholders: request.placeholders,
    notes: request.notes,
    code: {
      curl: curlCommand(request),
      fetch: fetchCode(request),
      httpie: httpieCommand(request),
      http: httpFile(request),
      test: replayTest(source, request),
    },
  }
}

/** A test for vitest that fails while the finding is there. @returns `null` for what has no address */
export function regressionTestOf(source: ReplaySource, finding: TestedFinding, appUrl: string): string | null {
  const request = replayRequest(source, appUrl)
  return request && regressionTest(source, request, finding)
}

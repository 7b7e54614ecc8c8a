import { gzipSync } from 'node:zlib'
import { cutProfile, type V8Profile } from './v8-profile.js'

/** More make no better picture, and take the page and speedscope a while. */
const MAX_SAMPLES = 50_000
const MOST_ROUNDS = 8

export interface PackedProfile {
  readonly file: Uint8Array
  readonly sampleCount: number
  readonly keptOneIn: number
}

/**
 * Packs a stretch of a profile in steps, with ever fewer samples until it is small enough.
 *
 * @param maxBytes compressed
 * @returns `null`: it is too large with the fewest
 */
export function* packProfile(
  profile: V8Profile,
  stretch: { readonly fromUs: number; readonly toUs: number },
  clean: (profile: V8Profile) => V8Profile,
  maxBytes: number,
): Generator<void, PackedProfile | null> {
  let oneIn = Math.max(1, Math.ceil((profile.samples?.length ?? 0) / MAX_SAMPLES))
  for (let round = 0; round < MOST_ROUNDS; round++, oneIn *= 4) {
    const cut = clean(cutProfile(profile, { ...stretch, oneIn }))
    yield
    const text = JSON.stringify(cut)
    yield
    const file = gzipSync(text)
    if (file.length <= maxBytes) return { file, sampleCount: cut.samples?.length ?? 0, keptOneIn: oneIn }
    yield
  }
  return null
}

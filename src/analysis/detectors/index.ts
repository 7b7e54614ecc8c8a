import type { Detector } from '../../model/finding.js'
import { type NPlusOneSettings, nPlusOne } from './n-plus-one.js'

export interface DetectSettings {
  readonly nPlusOne: NPlusOneSettings
}

/** Every detector, in the order of their pages in the docs. */
export function createDetectors(settings: DetectSettings): readonly Detector[] {
  return [nPlusOne(settings.nPlusOne)]
}

import type { Detector } from '../../model/finding.js'
import { duplicateQuery } from './duplicate-query.js'
import { type NPlusOneSettings, nPlusOne } from './n-plus-one.js'
import { type WriteLoopSettings, writeLoop } from './write-loop.js'

export interface DetectSettings {
  readonly nPlusOne: NPlusOneSettings
  readonly writeLoop: WriteLoopSettings
}

/** Every detector, in the order of their sections in the docs. */
export function createDetectors(settings: DetectSettings): readonly Detector[] {
  return [nPlusOne(settings.nPlusOne), duplicateQuery(), writeLoop(settings.writeLoop)]
}

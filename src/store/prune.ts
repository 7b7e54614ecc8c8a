import type { PruneBounds, Pruned } from '../model/store.js'
import { vacuumWhole } from './free-space.js'
import { sweepOrphans } from './maintenance.js'
import { ageStep, countOf, countStep, unpinnedCount } from './retention.js'
import { isBusy } from './store-error.js'
import { fileBytes } from './store-file.js'
import { untilFree } from './until-free.js'
import { unusedTextsStep } from './unused-texts.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 100
/** Recordings are of different sizes, so the file is measured again after each round. */
const MOST_ROUNDS = 12
/** A little more than the file's size asks for. */
const MARGIN = 0.95

/** Deletes recordings until the store is within all bounds, and gives the space back. Pinned ones stay. */
export async function pruneStore(handle: StoreHandle, { keep, before, maxBytes }: PruneBounds): Promise<Pruned> {
  const countBefore = countOf(handle, 'recordings')
  const bytesBefore = fileBytes(handle.path)
  if (before !== undefined) await steps(() => ageStep(handle, before))
  if (keep !== undefined) await steps(() => countStep(handle, keep))
  await giveBack(handle)
  for (let round = 0; maxBytes !== undefined && round < MOST_ROUNDS; round++) {
    const bytes = fileBytes(handle.path)
    const count = unpinnedCount(handle)
    if (bytes <= maxBytes || count === 0) break
    const fitting = Math.max(0, Math.min(count - 1, Math.floor(((count * maxBytes) / bytes) * MARGIN)))
    await steps(() => countStep(handle, fitting))
    await giveBack(handle)
  }
  return { removed: countBefore - countOf(handle, 'recordings'), bytesBefore, bytesAfter: fileBytes(handle.path) }
}

async function steps(step: () => boolean): Promise<void> {
  while (await untilFree(step, MOST_TRIES));
}

async function giveBack(handle: StoreHandle): Promise<void> {
  try {
    await steps(unusedTextsStep(handle))
    await untilFree(() => sweepOrphans(handle), MOST_TRIES)
    await vacuumWhole(handle, MOST_TRIES)
  } catch (error) {
    // They are deleted; the space is used again in any case.
    if (!isBusy(error)) throw error
  }
}

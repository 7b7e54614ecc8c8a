import type { FindingState } from '../model/finding.js'
import { idOfHash } from './content-id.js'
import type { FindingStates } from './rows.js'
import { untilFree } from './until-free.js'
import type { StoreHandle } from './worker-connection.js'

const MOST_TRIES = 20

/**
 * Sets what the people of the app say of a finding, for all processes on the store.
 *
 * @returns whether there is such a finding; one that is in this state already keeps its times
 */
export function setFindingState(handle: StoreHandle, key: string, state: FindingState): Promise<boolean> {
  const fixedUs = state === 'fixed' ? Date.now() * 1000 : null
  const set = handle.prepare(
    'UPDATE findings SET state = ?, fixed_us = ?, regressed_us = NULL WHERE id = ? AND key = ? AND state <> ?',
  )
  return untilFree(() => {
    set.run(state, fixedUs, idOfHash(key), key, state)
    return handle.get('SELECT 1 FROM findings WHERE id = ? AND key = ?', idOfHash(key), key) !== undefined
  }, MOST_TRIES)
}

/** The findings that are not open, by key: lists ask for the state of each badge. */
export function statesThatAreNotOpen(handle: StoreHandle): FindingStates {
  const rows = handle.all<{ key: string; state: FindingState }>("SELECT key, state FROM findings WHERE state <> 'open'")
  return new Map(rows.map(({ key, state }) => [key, state]))
}

import { recordingJson } from '../model/recording-json.js'
import type { QuerySlice, RequestView } from '../model/store.js'
import { readRequest } from './read-request.js'
import { requestView } from './request-view.js'
import type { StoreHandle } from './worker-connection.js'

/** What the page of a recording shows; `null`: it is not there (any more). */
export function readRequestView(handle: StoreHandle, id: string, slice: QuerySlice | null): RequestView | null {
  const stored = readRequest(handle, id)
  return stored && requestView(stored, slice)
}

/** A recording as JSON in UTF-8. */
export function readRequestJson(handle: StoreHandle, id: string): Uint8Array | null {
  const stored = readRequest(handle, id)
  return stored && new TextEncoder().encode(JSON.stringify(recordingJson(stored.recording, stored.occurrences)))
}

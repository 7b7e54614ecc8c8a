import { recordingJson } from '../model/recording-json.js'
import type { QuerySlice, RequestView } from '../model/request-view.js'
import { joinsOf } from '../sql/joins.js'
import { harEntry } from './har-entry.js'
import { readRequest } from './read-request.js'
import { requestView } from './request-view.js'
import type { StoreHandle } from './worker-connection.js'

/** What the page of a recording shows; `null`: it is not there (any more). */
export function readRequestView(handle: StoreHandle, id: string, slice: QuerySlice | null): RequestView | null {
  const stored = readRequest(handle, id)
  return stored && requestView(stored, slice)
}

/** A request as an entry of an HTTP Archive, as JSON in UTF-8; `null` for what is no request too. */
export function readRequestHar(handle: StoreHandle, id: string, fallbackOrigin: string): Uint8Array | null {
  const stored = readRequest(handle, id)
  const entry = stored && harEntry(stored.recording, fallbackOrigin)
  return entry && new TextEncoder().encode(JSON.stringify(entry))
}

/** A recording as JSON in UTF-8. */
export function readRequestJson(handle: StoreHandle, id: string): Uint8Array | null {
  const stored = readRequest(handle, id)
  const json = stored && recordingJson(stored.recording, stored.occurrences, joinsOf)
  return json && new TextEncoder().encode(JSON.stringify(json))
}

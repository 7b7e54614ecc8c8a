import type { StoreHandle } from './worker-connection.js'

const MOST_TAGS_OFFERED = 100

export interface RequestFacets {
  readonly methods: readonly string[]
  readonly statuses: readonly string[]
  readonly routes: readonly string[]
  /** The first hundred, in the order of the alphabet. */
  readonly tags: readonly string[]
}

/** What the filter bar can offer: the values that recordings have, each found by one step along an index. */
export function readRequestFacets(handle: StoreHandle): RequestFacets {
  const used = handle.all<{ method: string; route: string | null }>(
    'SELECT method, route FROM routes WHERE EXISTS (SELECT 1 FROM recordings WHERE route_id = routes.id)',
  )
  const statuses = handle
    .prepare(`WITH RECURSIVE each (status) AS (SELECT min(status) FROM recordings UNION ALL
      SELECT (SELECT min(status) FROM recordings WHERE recordings.status > each.status) FROM each WHERE status IS NOT NULL)
      SELECT status FROM each WHERE status IS NOT NULL`)
    .pluck()
    .all()
  return {
    methods: distinct(used.map(({ method }) => method)),
    statuses: statuses.map(String),
    tags: readTags(handle),
    routes: distinct(used.flatMap(({ route }) => route ?? [])),
  }
}

/** From tag to tag, however many recordings have each. */
function readTags(handle: StoreHandle): readonly string[] {
  return handle
    .prepare(`WITH RECURSIVE each (tag) AS (SELECT min(tag) FROM recording_tags UNION ALL
      SELECT (SELECT min(tag) FROM recording_tags WHERE recording_tags.tag > each.tag) FROM each WHERE tag IS NOT NULL)
      SELECT tag FROM each WHERE tag IS NOT NULL LIMIT ${MOST_TAGS_OFFERED}`)
    .pluck()
    .all() as string[]
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort()
}

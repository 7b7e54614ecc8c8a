import { bulkInsert } from './bulk-insert.js'
import { bulkUpdate } from './bulk-update.js'
import { cacheAcrossRequests } from './cache-across-requests.js'
import { cacheInRequest } from './cache-in-request.js'
import { columns } from './columns.js'
import { counting } from './counting.js'
import { databaseIndex } from './database-index.js'
import { foreignKey } from './foreign-key.js'
import { manyToMany } from './many-to-many.js'
import type { Pair } from './pair.js'
import { parallelReads } from './parallel-reads.js'
import { rawSql } from './raw-sql.js'
import { reverseForeignKey } from './reverse-foreign-key.js'

/** The optimisations, in the order in which `/` shows them. */
export const gallery: readonly Pair[] = [
  foreignKey,
  reverseForeignKey,
  manyToMany,
  columns,
  counting,
  bulkInsert,
  bulkUpdate,
  databaseIndex,
  rawSql,
  cacheInRequest,
  cacheAcrossRequests,
  parallelReads,
]

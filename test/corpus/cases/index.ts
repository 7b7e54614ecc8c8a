import type { CorpusCase } from '../corpus-case.js'
import { cases as asyncShapes } from './async-shapes.js'
import { cases as backoffice } from './backoffice.js'
import { cases as batches } from './batches.js'
import { cases as bookings } from './bookings.js'
import { cases as bookshelf } from './bookshelf.js'
import { cases as budgets } from './budgets.js'
import { cases as content } from './content.js'
import { cases as duplicates } from './duplicates.js'
import { cases as imports } from './imports.js'
import { cases as late } from './late.js'
import { cases as layers } from './layers.js'
import { cases as loops } from './loops.js'
import { cases as messaging } from './messaging.js'
import { cases as objection } from './objection.js'
import { cases as queues } from './queues.js'
import { cases as repeats } from './repeats.js'
import { cases as reporting } from './reporting.js'
import { cases as searches } from './searches.js'
import { cases as shapes } from './shapes.js'
import { cases as shop } from './shop.js'
import { cases as sizes } from './sizes.js'
import { cases as spread } from './spread.js'
import { cases as statements } from './statements.js'
import { cases as stockroom } from './stockroom.js'
import { cases as storefront } from './storefront.js'
import { cases as tenants } from './tenants.js'
import { cases as timing } from './timing.js'
import { cases as transactions } from './transactions.js'
import { cases as walks } from './walks.js'
import { cases as writes } from './writes.js'

/** One file per theme; a new theme is a file and a line here. */
export const THEMES: Readonly<Record<string, readonly CorpusCase[]>> = {
  loops,
  asyncShapes,
  layers,
  shapes,
  objection,
  bookshelf,
  statements,
  batches,
  repeats,
  spread,
  duplicates,
  writes,
  sizes,
  timing,
  transactions,
  late,
  budgets,
  shop,
  content,
  tenants,
  imports,
  reporting,
  walks,
  queues,
  bookings,
  messaging,
  backoffice,
  storefront,
  stockroom,
  searches,
}

export const CASES: readonly CorpusCase[] = Object.values(THEMES).flat()

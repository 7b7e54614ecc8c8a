import { FINDING_KINDS } from '../../model/finding.js'
import { link } from '../links.js'
import { kindLabel } from '../severity.js'
import { activeFilters, listQuery, NO_ROUTE, type RequestQuery } from './request-query.js'

/** Values that were recorded, so that no choice leads nowhere. */
export interface Facets {
  readonly methods: readonly string[]
  readonly statuses: readonly string[]
  readonly routes: readonly string[]
}

interface Choice {
  readonly value: string
  readonly label: string
  readonly selected: boolean
}

/** Filters that have no field of their own, and are kept while the form is sent. */
const WITHOUT_FIELD = ['kind', 'finding', 'statement', 'session', 'sort', 'limit'] as const
/** Fields that stand in the second row, which is open when one of them is in use. */
const FURTHER = ['sql', 'table', 'min_ms', 'min_queries', 'min_sql_ms', 'since', 'until', 'errors'] as const

/** The filter bar. */
export function filterForm(base: string, query: RequestQuery, facets: Facets): object {
  const inLinks = listQuery(query)
  const text = (name: keyof RequestQuery): string => String(inLinks[name] ?? '')
  const classes = [...new Set(facets.statuses.map((status) => `${status[0]}xx`))].sort()
  return {
    action: link(base, '/requests'),
    values: Object.fromEntries(['q', ...FURTHER].map((name) => [name, text(name as keyof RequestQuery)])),
    isOpen: FURTHER.some((name) => text(name) !== ''),
    methods: choices(facets.methods, query.method),
    statuses: choices([...classes, ...facets.statuses], query.status),
    routes: choices([...facets.routes, NO_ROUTE], query.route),
    kinds: [
      { value: 'any', label: 'any kind', selected: query.has === 'any' },
      ...FINDING_KINDS.map((kind) => ({ value: kind, label: kindLabel(kind), selected: kind === query.has })),
    ],
    hidden: WITHOUT_FIELD.map((name) => ({ name, value: text(name) })).filter(({ value }) => value !== ''),
  }
}

function choices(values: readonly string[], chosen: string | undefined): readonly Choice[] {
  const all = [...new Set(chosen === undefined ? values : [...values, chosen])]
  return all.map((value) => ({
    value,
    label: value === NO_ROUTE ? 'no route matched' : value,
    selected: value === chosen,
  }))
}

/** Each active filter as a link that removes it. */
export function filterChips(
  base: string,
  query: RequestQuery,
): readonly { readonly text: string; readonly href: string }[] {
  const filters = listQuery(query)
  return activeFilters(query).map(([name, value]) => ({
    text: `${name}=${value}`,
    href: link(base, '/requests', { ...filters, [name]: null }),
  }))
}

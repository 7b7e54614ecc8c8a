import { FINDING_KINDS } from '../../model/finding.js'
import { link } from '../links.js'
import { kindLabel } from '../severity.js'
import { ABORTED, activeFilters, listQuery, NO_ROUTE, NO_SESSION, type RequestQuery } from './request-query.js'

/** Values that were recorded, so that no choice leads nowhere. */
export interface Facets {
  readonly methods: readonly string[]
  readonly statuses: readonly string[]
  readonly routes: readonly string[]
  readonly tags: readonly string[]
  /** Labels; `null`: requests without one. */
  readonly sessions: readonly (string | null)[]
}

interface Choice {
  readonly value: string
  readonly label: string
  readonly selected: boolean
}

/** Filters that have no field of their own, and are kept while the form is sent. */
const WITHOUT_FIELD = ['finding', 'statement', 'sort', 'limit'] as const
/** Fields that stand in the second row, which is open when one of them is in use. */
const FURTHER = [
  'sql',
  'table',
  'min_ms',
  'min_queries',
  'min_sql_ms',
  'since',
  'until',
  'errors',
  'exceptions',
  'kind',
  'session',
  'tag',
  'pinned',
  'user',
] as const

const RECORDING_KINDS = [
  ['request', 'requests'],
  ['job', 'jobs'],
  ['background', 'queries outside both'],
] as const

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
    statuses: choices([...classes, ...facets.statuses, ABORTED], query.status),
    routes: choices([...facets.routes, NO_ROUTE], query.route, 'no route matched'),
    kinds: [
      { value: 'any', label: 'any kind', selected: query.has === 'any' },
      ...FINDING_KINDS.map((kind) => ({ value: kind, label: kindLabel(kind), selected: kind === query.has })),
    ],
    recordingKinds: RECORDING_KINDS.map(([value, label]) => ({ value, label, selected: value === query.kind })),
    sessions: sessionChoices(facets.sessions, query.session),
    // Nothing to choose from where nobody has tagged anything.
    tags: facets.tags.length === 0 && query.tag === undefined ? [] : choices(facets.tags, query.tag),
    hidden: WITHOUT_FIELD.map((name) => ({ name, value: text(name) })).filter(({ value }) => value !== ''),
  }
}

/** None where nobody has named a session: there is nothing to choose from. */
function sessionChoices(labels: Facets['sessions'], chosen: string | undefined): readonly Choice[] {
  if (chosen === undefined && labels.every((label) => label === null)) return []
  return choices(
    labels.map((label) => label ?? NO_SESSION),
    chosen,
    'no session',
  )
}

/** @param none what the choice of those that have no such value is called */
function choices(values: readonly string[], chosen: string | undefined, none = ''): readonly Choice[] {
  const names: Readonly<Record<string, string>> = { [ABORTED]: 'client aborted', [NO_ROUTE]: none }
  const all = [...new Set(chosen === undefined ? values : [...values, chosen])]
  return all.map((value) => ({
    value,
    label: names[value] ?? value,
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

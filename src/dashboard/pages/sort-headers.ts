import { type LinkQuery, link } from '../links.js'

export interface SortColumn {
  readonly key: string
  readonly label: string
  readonly className: string
  /** Numbers are looked at from the largest down. */
  readonly firstDescending: boolean
  readonly sub?: string
}

export interface SortHeader {
  readonly label: string
  readonly sub: string
  readonly className: string
  readonly href: string
  readonly sort: 'ascending' | 'descending' | null
}

/** Column heads as links: the first click sorts in the column's own direction, the next turns it round. */
export function sortHeaders(
  base: string,
  path: string,
  query: LinkQuery,
  sort: string,
  columns: readonly SortColumn[],
): readonly SortHeader[] {
  return columns.map(({ key, label, className, firstDescending, sub = '' }) => {
    const direction = sort === `-${key}` ? 'descending' : sort === key ? 'ascending' : null
    const next = direction === 'ascending' || (direction === null && firstDescending) ? `-${key}` : key
    return { label, sub, className, href: link(base, path, { ...query, sort: next }), sort: direction }
  })
}

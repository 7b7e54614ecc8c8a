/** Values of a query string; `undefined` and `null` are left out. */
export type LinkQuery = Readonly<Record<string, string | number | null | undefined>>

/** An address of the dashboard, from the mount path on: `link('/silk', '/requests', { status: '5xx' })`. */
export function link(base: string, path: string, query: LinkQuery = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.append(name, String(value))
  }
  const text = search.toString()
  return `${base}${path}${text === '' ? '' : `?${text}`}`
}

export function requestLink(base: string, id: string, anchor?: string): string {
  return `${base}/requests/${segment(id)}${anchor === undefined ? '' : `#${segment(anchor)}`}`
}

export function statementLink(base: string, id: string): string {
  return `${base}/statements/${segment(id)}`
}

export function spanLink(base: string, id: string, query: LinkQuery = {}): string {
  return link(base, `/profiling/${segment(id)}`, query)
}

export function findingLink(base: string, key: string): string {
  return `${base}/findings/${segment(key)}`
}

/** Two requests (`a`, `b`) or two sessions (`session`, `with`) side by side. */
export function compareLink(base: string, query: LinkQuery): string {
  return link(base, '/compare', query)
}

/** The place on a request's page where a finding is told. */
export function findingAnchor(key: string): string {
  return `finding-${key}`
}

// Not encodeURIComponent alone: it throws on half of a surrogate pair.
function segment(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))
}

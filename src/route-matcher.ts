/**
 * Reads a pattern by its plain segments and `:names`; from the first that is something else on, anything may follow. So
 * it takes time in proportion to the path, whatever the pattern is.
 */
export function routeMatcher(method: string, route: string): (method: string, path: string) => boolean {
  const parts: string[] = []
  let isWhole = true
  for (const segment of route.split('/').filter((part) => part !== '')) {
    isWhole = /^:\w+$|^[^:*(){}?+[\]\\]+$/.test(segment)
    if (!isWhole) break
    parts.push(segment)
  }
  return (ofMethod, path) => {
    if (ofMethod !== method) return false
    if (path === route) return true
    const given = path.split('/').filter((part) => part !== '')
    if (isWhole ? given.length !== parts.length : given.length < parts.length) return false
    return parts.every((part, at) => part.startsWith(':') || decoded(part) === decoded(given[at] ?? ''))
  }
}

/** As Express compares: in any case, and percent-encoded or not. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment).toLowerCase()
  } catch {
    return segment.toLowerCase()
  }
}

/** Without what stands behind a question mark. */
export function pathOf(url: string): string {
  const cut = url.indexOf('?')
  return cut === -1 ? url : url.slice(0, cut)
}

/** From the question mark on; empty where there is none. */
export function searchOf(url: string): string {
  const cut = url.indexOf('?')
  return cut === -1 ? '' : url.slice(cut)
}

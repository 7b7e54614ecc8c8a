/** An address of ours, from the mount path on. `//` would be another site's where the mount path is empty. */
export const BACK: RegExp = /^\/(?:[\w%.~!*'()-]+(?:\/[\w%.~!*'()-]+)*)?(?:\?[\w=&%.+*:;,~!'()/-]{0,800})?$/

/** Where a form of the shell leads back to: the page that it stands on, if its address is a plain one. */
export function backTo(path: string, search: string): string {
  const address = `${path}${search}`
  return BACK.test(address) ? address : '/'
}

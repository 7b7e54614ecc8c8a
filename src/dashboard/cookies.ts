import type { IncomingMessage, ServerResponse } from 'node:http'

/** The value of a cookie of ours, where it has the form that we give it; else `null`. */
export function readCookie(req: IncomingMessage, name: string, form: RegExp): string | null {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = pair.trim().split('=', 2)
    if (key === name && form.test(value)) return value
  }
  return null
}

/** Sets a cookie for the dashboard alone: no script reads it, no other site has it sent. */
export function setCookie(
  req: IncomingMessage,
  res: ServerResponse,
  base: string,
  cookie: { readonly name: string; readonly value: string; readonly maxAgeSeconds?: number },
): void {
  const { name, value, maxAgeSeconds } = cookie
  // A semicolon in a mount path would end the attribute.
  const path = base === '' ? '/' : base.replaceAll(';', '%3B')
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`
  const secure = isEncrypted(req) ? '; Secure' : ''
  res.appendHeader('set-cookie', `${name}=${value}; Path=${path}${age}; HttpOnly; SameSite=Strict${secure}`)
}

export function isEncrypted(req: IncomingMessage): boolean {
  return 'encrypted' in req.socket && req.socket.encrypted === true
}

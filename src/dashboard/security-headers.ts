import type { ServerResponse } from 'node:http'

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** Sets the policy of the dashboard on an answer, in the place of what an outer middleware may have set. */
export function setSecurityHeaders(res: ServerResponse): void {
  res.removeHeader('content-security-policy-report-only')
  res.removeHeader('x-powered-by')
  // An app's permissive CORS settings must not let other sites read what was recorded.
  for (const name of res.getHeaderNames()) {
    if (name.startsWith('access-control-')) res.removeHeader(name)
  }
  for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value)
}

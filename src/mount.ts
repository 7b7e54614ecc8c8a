import type { RequestHandler } from 'express'

/** The part of `url` below `path`, as a mounted app sees it; `null`: it lies elsewhere. */
export function urlBelow(path: string, url: string): string | null {
  if (!url.startsWith(path)) return null
  const rest = url.slice(path.length)
  if (rest.startsWith('/')) return rest
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  // The JSON twin of the page at the mount path itself: `/silk.json`.
  if (rest === '.json' || rest.startsWith('.json?')) return `/overview${rest}`
  return null
}

/**
 * Enters an app at `path` the way Express mounts one: `baseUrl` grows by the path, `url` is the rest. Done by hand since
 * `app.use(path, app)` is not ours to call: the host mounts silk itself, at any base path.
 */
export function enter(app: RequestHandler, path: string, below: string): RequestHandler {
  return function silkDashboard(req, res, next) {
    req.baseUrl += path
    req.url = below
    app(req, res, next)
  }
}

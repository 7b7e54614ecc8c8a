import type { Express, Request, Response } from 'express'
import { pathOf, searchOf } from '../model/url.js'

/** The address below the mount path, as the dashboard wants it; `null`: the request is not for the dashboard. */
export function dashboardUrl(url: string, mountPath: string): string | null {
  const path = pathOf(url)
  const search = searchOf(url)
  if (path === mountPath) return `/${search}`
  if (path === `${mountPath}.json`) return `/overview.json${search}`
  return path.startsWith(`${mountPath}/`) ? `${path.slice(mountPath.length)}${search}` : null
}

/**
 * Hands a request to the dashboard, with its addresses set as if it were mounted by `app.use(mountPath, dashboard)`,
 * `<mountPath>.json` included. The request must be for it (`dashboardUrl` is not `null`).
 */
export function handToDashboard(dashboard: Express, mountPath: string, url: string, req: Request, res: Response): void {
  req.baseUrl = `${req.baseUrl ?? ''}${mountPath}`
  req.url = url
  dashboard(req, res)
}

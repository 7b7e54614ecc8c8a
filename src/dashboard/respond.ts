import type { Request, Response } from 'express'
import { pathOf, searchOf } from '../model/url.js'
import { PageProblem } from './problem.js'
import { renderView } from './render.js'
import { emptyShell, type Shell } from './shell.js'

/** Whether the JSON twin was asked for, and the path that it was asked of. */
export interface Address {
  /** Path under the mount, without `.json` and query: `/requests`. */
  readonly path: string
  readonly search: string
  readonly wantsJson: boolean
}

/** `/overview.json` and `/.json` are the twin of `/`; any other page's twin is its own path + `.json`. */
export function readAddress(url: string): Address {
  const path = pathOf(url)
  const search = searchOf(url)
  if (!path.endsWith('.json')) return { path, search, wantsJson: false }
  const bare = path.slice(0, -'.json'.length)
  return { path: bare === '/overview' || bare === '' ? '/' : bare, search, wantsJson: true }
}

/** The mount path as links need it: exactly one slash at its start, none at its end. */
export function baseOf(req: Request): string {
  return req.baseUrl.replace(/^\/+/, '/').replace(/(?<!\/)\/+$/, '')
}

export function sendHtml(res: Response, status: number, html: string): void {
  send(res, status, 'text/html; charset=utf-8', html)
}

/** @param value bytes are JSON already, in UTF-8 */
export function sendJson(res: Response, status: number, value: unknown): void {
  const body = value instanceof Uint8Array ? value : JSON.stringify(value)
  send(res, status, 'application/json; charset=utf-8', body)
}

/** After a form: the browser goes on by GET, so that loading the page again sends nothing twice. */
export function redirect(res: Response, location: string): void {
  res.statusCode = 303
  res.setHeader('location', location)
  res.end()
}

/** Sends what went wrong, as a page or as JSON. */
export async function sendProblem(
  res: Response,
  problem: PageProblem,
  wantsJson: boolean,
  shell: Shell = emptyShell(),
): Promise<void> {
  const { status, title, message, advice } = problem
  if (wantsJson) {
    sendJson(res, status, { error: { status, title, message, advice } })
    return
  }
  const view = shell.styled ? 'error' : 'refused'
  sendHtml(res, status, await renderView(view, { shell, page: { status, title, message, advice } }))
}

/** Turns anything that was thrown into a problem; what is not one of ours is a fault of silk. */
export function asProblem(error: unknown): PageProblem {
  if (error instanceof PageProblem) return error
  const status = httpStatus(error)
  if (status !== null) return new PageProblem(status, 'Bad request', messageOf(error))
  return new PageProblem(500, 'This page could not be made', messageOf(error), [
    'Your app is unaffected: it is served and recorded as before.',
    'This is a fault in silk; please report it with the message above.',
  ])
}

/** A store that cannot be read at the moment. */
export function readingProblem(error: unknown): PageProblem {
  return new PageProblem(503, 'silk’s store cannot be read', messageOf(error), [
    'Your app is unaffected: its requests are served as before.',
    'Load this page again in a moment; if the message stays, look at the option store.',
  ])
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// Express marks what is wrong with an address or a body by a status of its own.
function httpStatus(error: unknown): number | null {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : null
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null
}

function send(res: Response, status: number, type: string, body: string | Uint8Array): void {
  if (res.headersSent) return
  res.statusCode = status
  res.setHeader('content-type', type)
  res.setHeader('content-length', Buffer.byteLength(body))
  res.end(body)
}

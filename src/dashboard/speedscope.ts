import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import express, { type RequestHandler } from 'express'
import { PageProblem } from './problem.js'

/**
 * As strict as speedscope permits: it writes style sheets while it runs. Its script is its own file; nothing is loaded
 * from elsewhere, and nothing sent.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Of its files those that show a profile: no samples, no readers of other formats. */
const FILES = /^\/(?:index\.html|(?:speedscope|favicon|SourceCodePro)[\w.-]*\.(?:js|css|woff2|png|ico))$/

let found: string | null | undefined

/** The folder of speedscope's static build; `null`: the optional package is not installed. */
export function findSpeedscope(projectRoot: string): string | null {
  found ??= folderFrom(import.meta.url) ?? folderFrom(join(projectRoot, 'package.json'))
  return found
}

function folderFrom(from: string): string | null {
  try {
    return join(dirname(createRequire(from).resolve('speedscope/package.json')), 'dist', 'release')
  } catch {
    return null
  }
}

/** speedscope, below the dashboard and behind its door: it loads the profile that its address names. */
export function speedscope(projectRoot: string): RequestHandler {
  let serve: RequestHandler | null = null
  return (req, res, next) => {
    const folder = findSpeedscope(projectRoot)
    if (folder === null) {
      const advice = ['npm install --save-dev speedscope', 'The flamegraph of the dashboard needs nothing.']
      next(new PageProblem(404, 'speedscope is not installed', 'The optional package speedscope is not there.', advice))
      return
    }
    if (!FILES.test(req.path)) return next()
    serve ??= express.static(folder, { index: false, redirect: false, dotfiles: 'ignore', cacheControl: false })
    res.setHeader('content-security-policy', POLICY)
    serve(req, res, next)
  }
}

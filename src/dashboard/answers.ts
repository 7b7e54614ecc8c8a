import type { Request, RequestHandler, Response } from 'express'
import { setCookie } from './cookies.js'
import { CSRF_FIELD, csrfRefusal } from './csrf.js'
import type { DashboardOptions } from './dashboard-options.js'
import type { FormHandler } from './forms.js'
import type { PageHandler } from './page.js'
import { addressOf, asReadingProblem, pageContext } from './page-context.js'
import { PageProblem } from './problem.js'
import { renderView } from './render.js'
import { asProblem, baseOf, redirect, sendHtml, sendJson, sendProblem } from './respond.js'
import { bareShell, pageShell } from './shell.js'
import { nextTurn } from './turn.js'
import { readVisitor } from './visitor.js'

export type Answer = (req: Request, res: Response) => Promise<void>

// Express 4 leaves a rejected handler hanging, so no answer is left to it.
export function answering(options: DashboardOptions, answer: Answer): RequestHandler {
  return (req, res) => {
    answer(req, res).catch((error: unknown) => answerProblem(options, req, res, error))
  }
}

/** @param check throws for a form that is not one of ours */
export function pageAnswer(options: DashboardOptions, handler: PageHandler, check?: (req: Request) => Fields): Answer {
  return async (req, res) => {
    const fields = check?.(req) ?? {}
    const { wantsJson, path, search } = addressOf(res)
    const context = await pageContext(options, req, res)
    const page = await handler(context, fields).catch((error) => {
      throw asReadingProblem(options, error)
    })
    if (wantsJson) {
      sendJson(res, 200, await page.json())
      return
    }
    const own = `${path === '/' ? '/overview' : path.replace(/\/$/, '')}.json${search}`
    const twin = page.twin === undefined ? own : page.twin
    const shell = pageShell(page, context, twin === null ? null : `${context.base}${twin}`)
    await nextTurn()
    const model = await page.model()
    await nextTurn()
    sendHtml(res, 200, await renderView(page.view, { shell, page: model }))
  }
}

export function formAnswer(options: DashboardOptions, handler: FormHandler): Answer {
  return async (req, res) => {
    const fields = checkForm(req)
    const context = await pageContext(options, req, res)
    const { location, json, cookie } = await handler(context, fields, options)
    if (cookie) setCookie(req, res, context.base, cookie)
    if (addressOf(res).wantsJson) sendJson(res, 200, json)
    else redirect(res, location)
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of a form that came from a page of ours. */
export function checkForm(req: Request): Fields {
  const fields = (req.body ?? {}) as Fields
  const refusal = csrfRefusal(req, fields[CSRF_FIELD])
  if (refusal === null) return fields
  const advice = ['Nothing was changed. Open the page again and send the form from there.']
  throw new PageProblem(403, 'Form refused', refusal, advice)
}

export function answerProblem(options: DashboardOptions, req: Request, res: Response, error: unknown): void {
  const problem = asProblem(error)
  if (problem.status === 500) options.onError(error)
  const shell = bareShell(baseOf(req), options.version, problem.title, readVisitor(req))
  sendProblem(res, problem, addressOf(res).wantsJson, shell).catch((failure: unknown) => {
    options.onError(failure)
    res.destroy()
  })
}

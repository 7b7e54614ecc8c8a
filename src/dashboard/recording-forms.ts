import * as v from 'valibot'
import { SESSION_LABEL } from '../model/session.js'
import { BACK } from './back.js'
import type { FormHandler, FormResult } from './forms.js'
import { notChanged } from './forms.js'
import { PageProblem } from './problem.js'

const back = v.optional(v.pipe(v.string(), v.regex(BACK)))
const recordingFields = v.object({ recording: v.picklist(['pause', 'resume']), back })

/** Pauses or resumes recording, for all processes on the store. */
export const switchRecording: FormHandler = async ({ base }, fields, { writer, onError }): Promise<FormResult> => {
  const given = v.safeParse(recordingFields, fields)
  if (!given.success) throw badForm('recording', fields.recording, 'pause, resume')
  const { recording, back = '/' } = given.output
  await writer.setPaused(recording === 'pause').catch(notChanged(onError))
  return { location: `${base}${back}`, json: { paused: recording === 'pause' } }
}

const LABEL = 'a label of 1 to 80 characters on one line, or nothing to end the session'
const sessionFields = v.object({ session: v.pipe(v.string(), v.trim(), v.regex(SESSION_LABEL)), back })
const endFields = v.object({ session: v.pipe(v.string(), v.trim(), v.literal('')), back })

/** Starts a session, or ends the one that goes on, for all processes on the store that have no label of their own. */
export const startSession: FormHandler = async (
  { base, ownSession },
  fields,
  { writer, onError },
): Promise<FormResult> => {
  const given = v.safeParse(v.union([endFields, sessionFields]), fields)
  if (!given.success) throw badForm('session', fields.session, LABEL)
  const { session, back = '/compare' } = given.output
  const label = session === '' ? null : session
  await writer.startSession(label).catch(notChanged(onError))
  return { location: `${base}${back}`, json: { session: label, ownSession } }
}

function badForm(name: string, value: unknown, allowed: string): PageProblem {
  const text = `The field "${name}" has the value "${String(value)}"; allowed: ${allowed}; and "back", an address of ours.`
  return new PageProblem(400, 'Bad form', text)
}

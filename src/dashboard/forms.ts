import * as v from 'valibot'
import { FINDING_STATES } from '../model/finding.js'
import type { RecordingWriter } from '../model/store.js'
import { findingLink } from './links.js'
import type { PageContext } from './page.js'
import { notFound, PageProblem } from './problem.js'
import { withChange } from './undo.js'
import { KEYS_COOKIE, THEME_COOKIE, THEMES } from './visitor.js'

/** What a form did: where the browser goes on, or what a program is told. */
export interface FormResult {
  readonly location: string
  readonly json: object
  readonly cookie?: { readonly name: string; readonly value: string; readonly maxAgeSeconds: number }
}

export interface FormTools {
  readonly writer: Pick<
    RecordingWriter,
    'clear' | 'remove' | 'setFindingState' | 'setPaused' | 'setPinned' | 'setTags' | 'startSession'
  >
  readonly onError: (error: unknown) => void
}

export type FormHandler = (
  context: PageContext,
  fields: Readonly<Record<string, unknown>>,
  tools: FormTools,
) => Promise<FormResult>

/** For a store that cannot be written. @throws PageProblem 503 */
export function notChanged(
  onError: (error: unknown) => void,
  title = 'Nothing was changed',
): (error: unknown) => never {
  return (error) => {
    onError(error)
    const message = error instanceof Error ? error.message : String(error)
    throw new PageProblem(503, title, message, ['Your app is unaffected. Try again in a moment.'])
  }
}

const YEAR_SECONDS = 31_536_000

/** Deletes everything recorded. */
export async function clearRecordings(
  { base, status }: PageContext,
  _: unknown,
  tools: FormTools,
): Promise<FormResult> {
  await tools.writer.clear().catch(notChanged(tools.onError, 'Nothing was cleared'))
  const cleared = status.recordingCount
  return { location: `${base}/settings?cleared=${cleared}`, json: { cleared } }
}

/** Single-key shortcuts can be switched off, for those whose input makes them fire by accident (WCAG 2.1.4). */
export async function switchKeys(
  { base }: PageContext,
  fields: Readonly<Record<string, unknown>>,
): Promise<FormResult> {
  const { keys } = fields
  if (keys !== 'on' && keys !== 'off') {
    throw new PageProblem(400, 'Bad form', `The field "keys" has the value "${String(keys)}"; allowed: on, off.`)
  }
  const cookie = { name: KEYS_COOKIE, value: keys, maxAgeSeconds: YEAR_SECONDS }
  return { location: `${base}/settings`, json: { keys }, cookie }
}

const themeFields = v.object({ theme: v.picklist(THEMES) })

/** Light, dark, or as the system has it; kept in a cookie, so that the first byte of a page knows it. */
export async function chooseTheme(
  { base }: PageContext,
  fields: Readonly<Record<string, unknown>>,
): Promise<FormResult> {
  const given = v.safeParse(themeFields, fields)
  if (!given.success) {
    const allowed = `allowed: ${THEMES.join(', ')}`
    throw new PageProblem(400, 'Bad form', `The field "theme" has the value "${String(fields.theme)}"; ${allowed}.`)
  }
  const { theme } = given.output
  const cookie = { name: THEME_COOKIE, value: theme, maxAgeSeconds: YEAR_SECONDS }
  return { location: `${base}/settings#theme`, json: { theme }, cookie }
}

/** Where a finding's buttons stand, besides its own page: the browser goes back there. */
const BACK = /^\/(?:findings|statements\/[\w:.-]{1,128})?(?:\?[\w=&%.+*-]{0,1200})?$/

const stateFields = v.object({
  state: v.picklist(FINDING_STATES),
  back: v.optional(v.pipe(v.string(), v.regex(BACK))),
})

/** Marks a finding as open, ignored or fixed, for everybody who looks at this store. */
export async function setFindingState(
  { base, params, reader }: PageContext,
  fields: Readonly<Record<string, unknown>>,
  tools: FormTools,
): Promise<FormResult> {
  const given = v.safeParse(stateFields, fields)
  if (!given.success) {
    const allowed = `allowed: ${FINDING_STATES.join(', ')}; and "back", an address of a list of findings`
    throw new PageProblem(400, 'Bad form', `The field "state" has the value "${String(fields.state)}"; ${allowed}.`)
  }
  const key = params.key ?? ''
  const { state, back } = given.output
  const before = await reader.finding(key)
  const isThere = await tools.writer.setFindingState(key, state).catch(notChanged(tools.onError))
  if (!isThere || before === null) throw notFound(`No finding has the key "${key}".`)
  const location = back === undefined ? findingLink(base, key) : `${base}${back}`
  return { location: withChange(location, key, before.state, state), json: { key, state } }
}

import * as v from 'valibot'
import { BACK } from './back.js'
import type { FormHandler, FormResult } from './forms.js'
import { notChanged } from './forms.js'
import { PageProblem } from './problem.js'

const group = {
  method: v.pipe(v.string(), v.minLength(1), v.maxLength(1_000)),
  route: v.pipe(v.string(), v.maxLength(3_000)),
}
const back = v.optional(v.pipe(v.string(), v.regex(BACK)))
const profile = v.picklist(['next', 'cancel'])
const fields = v.union([
  v.object({ profile, ...group, back }),
  v.object({ profile, method: v.optional(v.undefined_()), route: v.optional(v.undefined_()), back }),
])

/** Has the next request of a route profiled, or the next of any; or waits for none any more: in all processes on the store. */
export const askForProfile: FormHandler = async ({ base, cpuProfiling }, given, { onError }): Promise<FormResult> => {
  if (cpuProfiling === null) {
    const advice = [
      'The option cpuProfile is false, or this dashboard has no app: it was started by `express-silk serve`.',
    ]
    throw new PageProblem(404, 'Nothing to profile', 'No CPU profile can be asked for here.', advice)
  }
  const read = v.safeParse(fields, given)
  if (!read.success) {
    const allowed = '"profile": next, cancel; "method" and "route", or neither; and "back", an address of ours'
    throw new PageProblem(400, 'Bad form', `The form makes no sense; allowed: ${allowed}.`)
  }
  const { output } = read
  const { method, route } = output
  const asked = method === undefined || route === undefined ? null : { method, route }
  const changing = output.profile === 'cancel' ? cpuProfiling.cancel(asked) : cpuProfiling.await(asked)
  await changing.catch(notChanged(onError))
  const { awaited } = cpuProfiling.state()
  return { location: `${base}${output.back ?? '/cpu-profiles'}`, json: { awaited } }
}

import * as v from 'valibot'
import { MOST_PINS, MOST_TAGS, TAG } from '../model/marks.js'
import { BACK } from './back.js'
import { type FormHandler, notChanged } from './forms.js'
import { link, requestLink } from './links.js'
import { notFound, PageProblem } from './problem.js'
import { selectedIds } from './selection.js'

const pinFields = v.object({
  pinned: v.picklist(['on', 'off']),
  back: v.optional(v.pipe(v.string(), v.regex(BACK))),
})

/** Pins the requests of a form, or takes their pins off. */
export const pinRequests: FormHandler = async ({ base }, fields, { writer, onError }) => {
  const given = v.safeParse(pinFields, fields)
  if (!given.success) {
    const value = `The field "pinned" has the value "${String(fields.pinned)}"; allowed: on, off`
    throw new PageProblem(400, 'Bad form', `${value}; and "back", an address of ours.`)
  }
  const ids = selectedIds(fields.id)
  const { back } = given.output
  const pinned = given.output.pinned === 'on'
  const { found, changed } = await writer.setPinned(ids, pinned).catch(notChanged(onError))
  if (found === 0) throw notFound('None of the selected requests is stored any more.')
  if (changed < found) {
    const rest = changed === 0 ? 'None of these was' : `Only ${changed} of these ${found} were`
    throw new PageProblem(409, 'Too many pins', `${rest} pinned: a store has at most ${MOST_PINS} pinned requests.`, [
      'Unpin some of them, or export what is to be kept for good.',
    ])
  }
  const list = link(base, '/requests', { [pinned ? 'nowPinned' : 'nowUnpinned']: changed })
  return { location: back === undefined ? list : `${base}${back}`, json: { pinned, changed } }
}

const tag = v.pipe(v.string(), v.trim(), v.regex(TAG))
const tagFields = v.union([v.object({ add: tag }), v.object({ remove: v.pipe(v.string(), v.regex(TAG)) })])

/** Adds a tag to a request, or takes one off. */
export const tagRequest: FormHandler = async ({ base, params }, fields, { writer, onError }) => {
  const id = params.id ?? ''
  const given = v.safeParse(tagFields, fields)
  if (!given.success) {
    const [name, value] = 'remove' in fields ? ['remove', fields.remove] : ['add', fields.add]
    const told = `The field "${name}" has the value "${String(value)}"`
    throw new PageProblem(400, 'Bad form', `${told}; allowed: a tag of 1 to 60 characters on one line.`)
  }
  const change = { add: [], remove: [], ...asLists(given.output) }
  const set = await writer.setTags(id, change).catch(notChanged(onError))
  if (set === null) throw notFound(`No request with the id "${id}" is stored.`)
  if (set.isFull) {
    throw new PageProblem(409, 'Too many tags', `A request has at most ${MOST_TAGS} tags.`, ['Take one off first.'])
  }
  return { location: requestLink(base, id), json: { id, tags: set.tags } }
}

function asLists(given: v.InferOutput<typeof tagFields>): { readonly add?: string[]; readonly remove?: string[] } {
  return 'add' in given ? { add: [given.add] } : { remove: [given.remove] }
}

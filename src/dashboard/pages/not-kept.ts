import type { StoreStatus } from '../../model/store-status.js'
import { bytes, count, moment, plural, quantityText } from '../display.js'
import type { PageContext } from '../page.js'
import { notFound, PageProblem } from '../problem.js'
import { hoursText } from './kept-text.js'

/** A request that began so short ago may still be on its way, or waits for late queries. */
const FRESH_MS = 15_000

/**
 * Why a recording whose id silk gave out, as `x-silk-id` or in a link, cannot be shown: as far as that can be told from
 * the time in the id and from the state of the store.
 */
export function notKept(context: PageContext, id: string): PageProblem {
  const startedAt = timeOf(id)
  if (startedAt === null || startedAt > context.now + FRESH_MS) return notFound(`No recording has the id "${id}".`)
  const at = moment(startedAt, context.now)
  const message = `The request of ${at.exact} (${at.relative}) has the id "${id}", and is not in the store.`
  return new PageProblem(404, 'Not kept', message, reasons(context, id, startedAt))
}

function reasons(context: PageContext, id: string, startedAt: number): readonly string[] {
  const { now, status, reasonNotKept } = context
  const known = reasonNotKept(id)
  if (known !== null) return [known]
  const told: string[] = []
  if (now - startedAt < FRESH_MS) told.push('It may still be running: load this page again in a moment.')
  if (status.problem !== null) told.push(`Nothing is being stored at the moment: ${status.problem}`)
  const { pausedAt } = status.controls
  if (pausedAt !== null && startedAt >= pausedAt) told.push('Recording was paused before it began.')
  const { prunedBefore, retention } = status
  const { ageHours } = retention
  if (ageHours !== null && startedAt < now - ageHours * 3_600_000) {
    const age = `silk deletes recordings that are older than ${hoursText(ageHours)}`
    return [...told, `It is too old: ${age} (the option \`retention.ageHours\`).`]
  }
  if (prunedBefore !== null && startedAt < prunedBefore) return [...told, pruned(status)]
  if (status.droppedCount > 0) {
    const dropped = plural(status.droppedCount, 'recording', 'recordings')
    told.push(`${dropped} could not be stored since this process started; the health page tells why.`)
  }
  return told.length > 0 ? told : ['It was chosen not to be kept, was deleted by hand, or lies in another store.']
}

function pruned({ retention, keptLongerCount }: StoreStatus): string {
  const { bytes: maxBytes } = retention
  const size = maxBytes === null ? '' : ` in a file of ${quantityText(bytes(maxBytes))} at most`
  const longer = keptLongerCount === 0 ? '' : ' (slow and failed ones and those with findings longer)'
  return (
    `It is older than what is stored: silk keeps the newest ${count(retention.count)} recordings${size}${longer}, ` +
    'and what is emptied or deleted by hand goes earlier.'
  )
}

/** The milliseconds that a UUID of version 7 begins with; `null`: it is none. */
function timeOf(id: string): number | null {
  if (!/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i.test(id)) return null
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

import { LOAD_LEVELS, type LoadHealth, type LoadPart, type LoadStep } from '../../model/load.js'
import { isoTime } from '../../model/recording-json.js'
import { count, duration, moment, percent, quantityText } from '../display.js'

const WITHOUT: Readonly<Record<LoadPart, string>> = {
  stacks: 'the lines of the app',
  bindings: 'bindings',
  bodies: 'bodies',
  requests: 'whole requests',
}

/** `no lines of the app and no bindings` */
export function withoutText(level: number): string {
  if (level === 0) return 'all of each request'
  if (level === LOAD_LEVELS.length) return 'no requests at all'
  const parts = LOAD_LEVELS.slice(0, level).map((part) => WITHOUT[part])
  const [last, ...before] = parts.toReversed()
  return `requests without ${before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`}`
}

export function loadModel({ steps, left }: LoadHealth, now: number): object {
  return {
    left: LOAD_LEVELS.filter((part) => left[part] > 0).map((part) => ({
      part: WITHOUT[part],
      count: count(left[part]),
      className: 'strong',
    })),
    steps: steps.toReversed().map((step) => stepRow(step, now)),
  }
}

function stepRow({ at, level, lateMs, queueShare }: LoadStep, now: number): object {
  return {
    at: moment(at, now),
    taken: withoutText(level),
    late: quantityText(duration(lateMs)),
    queue: `${percent(queueShare)} %`,
  }
}

export function loadJson({ level, steps, left }: LoadHealth): object {
  return {
    level,
    leftOut: LOAD_LEVELS.slice(0, level),
    steps: steps.map(({ at, ...step }) => ({ ...step, at: isoTime(at) })),
    left,
  }
}

import type { Request } from 'express'
import * as v from 'valibot'
import type { UsageWanted } from './capture/usage.js'
import type { GivenUser } from './capture/user.js'
import { group } from './options-schema-parts.js'

// biome-ignore lint/suspicious/noExplicitAny: apps extend Express's Request (`req.user`, `req.session`) each their own way
type AnyRequest = Request<any, any, any, any>

/** Those of the options that say what else is noted of a recording. */
export interface NotedOptions {
  /**
   * Who sent a request: an id (text or number), `{ id, name }`, or nothing. Asked once after each response, so that what
   * the app's own middleware has found out is there; it must answer at once. Masked, up to 200 characters each.
   *
   * @default nobody is asked
   * @example silk({ user: (req) => req.user && { id: req.user.id, name: req.user.email } })
   */
  readonly user?: ((req: AnyRequest) => GivenUser) | undefined
  /** What of the process is measured with each request and job: of all of it, other requests included. */
  readonly usage?:
    | {
        /**
         * Growth of the heap and of buffers: some 1 µs for each request.
         *
         * @default true
         * @example silk({ usage: { memory: false } })
         */
        readonly memory?: boolean | undefined
        /**
         * Share of the time in which the event loop was busy: some 0.3 µs for each request.
         *
         * @default true
         * @example silk({ usage: { eventLoop: false } })
         */
        readonly eventLoop?: boolean | undefined
        /**
         * CPU time of all threads: some 1.2 µs for each request.
         *
         * @default false
         * @example silk({ usage: { cpu: true } })
         */
        readonly cpu?: boolean | undefined
      }
    | undefined
}

/** With the defaults filled in. */
export interface ResolvedNoted {
  /** `null`: nobody is asked. */
  readonly user: NonNullable<NotedOptions['user']> | null
  readonly usage: UsageWanted
}

export type NotedSettingName = 'user' | 'usage.memory' | 'usage.eventLoop' | 'usage.cpu'

const onOrOff = v.optional(v.boolean('true or false'))

export const notedSchemas: {
  readonly user: v.OptionalSchema<v.GenericSchema<NonNullable<NotedOptions['user']>>, undefined>
  readonly usage: v.OptionalSchema<v.GenericSchema<unknown, NonNullable<NotedOptions['usage']>>, undefined>
} = {
  user: v.optional(
    v.custom((given) => typeof given === 'function', 'a function (req) => string | number | { id, name } | null'),
  ),
  usage: v.optional(group({ memory: onOrOff, eventLoop: onOrOff, cpu: onOrOff })),
}

export function resolveNoted({ user, usage }: NotedOptions): ResolvedNoted {
  const { memory = true, eventLoop = true, cpu = false } = usage ?? {}
  return { user: user ?? null, usage: { memory, eventLoop, cpu } }
}

export function notedOrigins({ user, usage }: NotedOptions): Readonly<Record<NotedSettingName, 'code' | 'default'>> {
  const origin = (given: unknown): 'code' | 'default' => (given === undefined ? 'default' : 'code')
  return {
    user: origin(user),
    'usage.memory': origin(usage?.memory),
    'usage.eventLoop': origin(usage?.eventLoop),
    'usage.cpu': origin(usage?.cpu),
  }
}

/** As the settings page shows them. */
export function describeNoted({ user, usage }: ResolvedNoted): Readonly<Record<NotedSettingName, string>> {
  const measured = (is: boolean): string => (is ? 'measured' : 'not measured')
  return {
    user: user ? 'a function' : 'not set',
    'usage.memory': measured(usage.memory),
    'usage.eventLoop': measured(usage.eventLoop),
    'usage.cpu': measured(usage.cpu),
  }
}

import { SilkOptionError } from './errors.js'
import type { SettingOrigin } from './options-resolved.js'
import { expectation } from './options-schema.js'

export type Environment = Readonly<Record<string, string | undefined>>

const ON = ['1', 'true', 'on', 'yes']
const OFF = ['0', 'false', 'off', 'no']

/**
 * Whether silk is on: `SILK_ENABLED`, then `enabled`, then only outside production.
 *
 * A switch that makes no sense is an error in development. In production it means off, with a warning: there silk must
 * be wanted beyond doubt, and never stops the app.
 *
 * @throws SilkOptionError not in production
 */
export function resolveEnabled(
  options: { readonly enabled?: unknown } | undefined,
  environment: Environment,
  production: boolean,
  warn: (message: string) => void,
): { readonly value: boolean; readonly origin: SettingOrigin } {
  try {
    const variable = environment.SILK_ENABLED
    if (variable) return { value: switchOf(variable), origin: 'environment' }
    const enabled = options?.enabled
    if (enabled === undefined) return { value: !production, origin: 'default' }
    if (typeof enabled === 'boolean') return { value: enabled, origin: 'code' }
    throw new SilkOptionError('enabled', expectation('option `enabled`', 'true or false', enabled))
  } catch (error) {
    if (!production) throw error
    const reason = error instanceof Error ? error.message : String(error)
    warn(`silk is off, since in production it must be switched on beyond doubt. ${reason}.`)
    return {
      value: false,
      origin: error instanceof SilkOptionError && error.option === 'SILK_ENABLED' ? 'environment' : 'code',
    }
  }
}

function switchOf(variable: string): boolean {
  const word = variable.trim().toLowerCase()
  if (ON.includes(word)) return true
  if (OFF.includes(word)) return false
  const allowed = `one of ${[...ON, ...OFF].join(', ')}`
  throw new SilkOptionError('SILK_ENABLED', expectation('environment variable `SILK_ENABLED`', allowed, variable))
}

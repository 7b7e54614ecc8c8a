/** What an app has in front of it while it is measured. */
export interface Configuration {
  readonly id: string
  readonly label: string
  /** The file in `bench/peers/` that starts it, where it is not ours. */
  readonly peer?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** The first is what all others are compared with; the second is the same again, and says how sure the numbers are. */
export const BARE = 'bare'
export const BARE_AGAIN = 'bare-again'
export const EMPTY_CONTEXT = 'als'

export const CONFIGURATIONS: readonly Configuration[] = [
  { id: BARE, label: 'bare' },
  { id: BARE_AGAIN, label: 'bare, a second time' },
  { id: EMPTY_CONTEXT, label: 'empty AsyncLocalStorage' },
  { id: 'off', label: 'silk off', environment: { SILK_ENABLED: '0' } },
  { id: 'silk', label: '**silk**' },
  { id: 'silk-all', label: 'silk, every option on' },
  { id: 'silk-cls', label: 'silk on cls-hooked' },
  { id: 'opentelemetry', label: 'OpenTelemetry', peer: 'opentelemetry' },
  { id: 'elastic', label: 'Elastic APM', peer: 'elastic-apm' },
  { id: 'sentry', label: 'Sentry', peer: 'sentry' },
  { id: 'lens', label: 'Lens', peer: 'lens' },
  { id: 'lens-formatted', label: 'Lens, SQL laid out', peer: 'lens' },
  { id: 'swagger-stats', label: 'swagger-stats', peer: 'swagger-stats' },
]

export function configurationOf(id: string): Configuration {
  const found = CONFIGURATIONS.find((one) => one.id === id)
  if (!found) throw new Error(`There is no configuration '${id}'.`)
  return found
}

export function labelOf(id: string): string {
  return configurationOf(id).label.replaceAll('*', '')
}

/**
 * Functions that the app gives, and what becomes of what they throw or give back. Whatever it is, nothing of it may reach
 * the app as an error: not the exception, and not the rejection of a promise that nobody waits for, which ends a process.
 */
export function howItThrew(error: unknown): string {
  try {
    return error instanceof Error ? `threw a ${String(error.name).slice(0, 100)}` : 'threw something'
  } catch {
    // A proxy, or an error whose name is a getter.
    return 'threw something'
  }
}

/**
 * Waits for a promise to fail, if it is one.
 *
 * @returns whether it is one
 */
export function letFail(value: unknown, onError: (error: unknown) => void = () => {}): boolean {
  try {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
    const { then } = value as { readonly then?: unknown }
    if (typeof then !== 'function') return false
    then.call(value, undefined, onError)
    return true
  } catch (error) {
    onError(error)
    return false
  }
}

/** One line of the list of keys. */
export interface Shortcut {
  /** Pressed one after the other, or each by itself: see `joined`. */
  readonly keys: readonly string[]
  readonly joined: 'or' | 'then'
  readonly does: string
}

/** What single keys do, as the dialog and the settings list them. They act in views/assets/silk.js. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ['?'], joined: 'or', does: 'show these keys' },
  { keys: ['/'], joined: 'or', does: 'search' },
  { keys: ['j', 'k'], joined: 'or', does: 'next, previous row' },
  { keys: ['Enter'], joined: 'or', does: 'open the row' },
  { keys: ['x'], joined: 'or', does: 'select the row' },
  { keys: ['l'], joined: 'or', does: 'live: show requests as they come' },
  { keys: ['[', ']'], joined: 'or', does: 'newer, older' },
  { keys: ['u'], joined: 'or', does: 'unfold the first band of the waterfall' },
  { keys: ['e'], joined: 'or', does: 'open the first line of code in the editor' },
  { keys: ['f'], joined: 'or', does: 'copy the fix' },
  { keys: ['p'], joined: 'or', does: 'pause or resume recording' },
  { keys: ['g', 'o'], joined: 'then', does: 'overview' },
  { keys: ['g', 'r'], joined: 'then', does: 'requests' },
  { keys: ['g', 's'], joined: 'then', does: 'statements' },
  { keys: ['g', 'f'], joined: 'then', does: 'findings' },
  { keys: ['g', 't'], joined: 'then', does: 'profiling' },
  { keys: ['g', 'c'], joined: 'then', does: 'compare' },
  { keys: ['g', 'h'], joined: 'then', does: 'health' },
  { keys: ['g', ','], joined: 'then', does: 'settings' },
  { keys: ['Esc'], joined: 'or', does: 'leave a field, close this' },
]

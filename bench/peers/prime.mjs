// The peers put themselves in through require(); an app of ES modules that imports Express and knex passes them by.
// Asking once, as CommonJS does, is what patches both in place.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../package.json', import.meta.url))

/** @param {readonly string[]} names */
export function primeRequire(names) {
  for (const name of names) require(name)
}

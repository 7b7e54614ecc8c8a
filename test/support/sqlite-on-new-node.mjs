// Lets tests, and the apps they start, ask knex for plain `better-sqlite3` on every Node. In this checkout that name is
// version 12, which aborts on Node 24 when statements are garbage-collected, and which npm 12 does not build; from Node
// 22.15 on it becomes 13, which is installed under another name and comes with its binaries.
import * as nodeModule from 'node:module'

/** @typedef {(specifier: string, context: object) => unknown} Resolve */
/** @typedef {{ registerHooks?: (hooks: { resolve: (specifier: string, context: object, next: Resolve) => unknown }) => void }} LoaderHooks */

const { registerHooks } = /** @type {LoaderHooks} */ (nodeModule)

if (registerHooks) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier === 'better-sqlite3' ? 'better-sqlite3-13' : specifier, context),
  })
  const options = process.env.NODE_OPTIONS ?? ''
  if (!options.includes(import.meta.url)) process.env.NODE_OPTIONS = `${options} --import ${import.meta.url}`.trim()
}

import * as nodeModule from 'node:module'

/**
 * Lets tests ask knex for plain `better-sqlite3` on every Node. In this checkout that name is version 12, which aborts
 * on Node 24 when statements are garbage-collected, and which npm 12 does not build; from Node 22 on it becomes 13,
 * which is installed under another name and comes with its binaries.
 */
interface LoaderHooks {
  registerHooks(hooks: { resolve: (specifier: string, context: object, next: Resolve) => unknown }): void
}
type Resolve = (specifier: string, context: object) => unknown

if (Number.parseInt(process.versions.node, 10) >= 22) {
  const { registerHooks } = nodeModule as unknown as LoaderHooks
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier === 'better-sqlite3' ? 'better-sqlite3-13' : specifier, context),
  })
}

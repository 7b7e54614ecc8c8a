import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const dist = fileURLToPath(new URL('./dist/', import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^express-silk$/, replacement: `${dist}index.js` },
      { find: /^express-silk\/testing$/, replacement: `${dist}testing/index.js` },
      { find: /^#dist\//, replacement: dist },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Installs the package on three versions of Node, which takes minutes: `npm run test:packed`.
    exclude: ['test/package/packed.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/sqlite-on-new-node.mjs'],
    // The profiler patches process-wide things (knex, AsyncLocalStorage): one process per file, as in an app.
    pool: 'forks',
    maxWorkers: 2,
    // The built package is loaded by Node itself, as an app loads it: one instance for import, require and workers.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

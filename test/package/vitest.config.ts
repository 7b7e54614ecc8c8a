import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  test: {
    include: ['test/package/packed.test.ts'],
    // Where no prebuilt binary can be downloaded, two copies of SQLite are compiled.
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})

import { parentPort } from 'node:worker_threads'
import type { Detection } from './analysis/analyze.js'
import { createHistoryDetectors } from './analysis/history/index.js'
import { serve } from './store/serve.js'

/** The store's thread as silk starts it: joins the store with what else is not for the app's thread. */
if (parentPort) {
  serve(parentPort, {
    createHistoryDetectors: (settings) => createHistoryDetectors(settings as Detection),
    // Loaded when someone looks at a page.
    highlight: async (pieces) => (await import('./highlighting/highlight.js')).highlightAll(pieces),
  })
}

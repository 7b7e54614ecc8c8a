import { parentPort } from 'node:worker_threads'
import type { Detection } from './analysis/analyze.js'
import { createHistoryDetectors } from './analysis/history/index.js'
import { serve } from './store/serve.js'

/** The store's thread as silk starts it: joins the store with the detectors that look through history. */
if (parentPort) serve(parentPort, (settings) => createHistoryDetectors(settings as Detection))

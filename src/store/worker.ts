import { parentPort } from 'node:worker_threads'
import { serve } from './serve.js'

/** The store's thread without anything else. */
if (parentPort) serve(parentPort, { createHistoryDetectors: null, highlight: null })

import { parentPort } from 'node:worker_threads'
import { serve } from './serve.js'

/** The store's thread without anything that looks through history. */
if (parentPort) serve(parentPort, null)

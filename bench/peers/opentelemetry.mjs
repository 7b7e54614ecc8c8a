import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { KnexInstrumentation } from '@opentelemetry/instrumentation-knex'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { primeRequire } from './prime.mjs'

/** Spans of HTTP, Express and knex, in batches, to an exporter that counts what it is given and lets it go. */
export function start() {
  let statements = 0
  const exporter = {
    export(spans, done) {
      for (const { attributes } of spans)
        if ('db.statement' in attributes || 'db.query.text' in attributes) statements++
      done({ code: 0 })
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  provider.register()
  registerInstrumentations({
    instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), new KnexInstrumentation()],
  })
  primeRequire(['http', 'express', 'knex'])
  return { flush: () => provider.forceFlush(), statements: () => statements }
}

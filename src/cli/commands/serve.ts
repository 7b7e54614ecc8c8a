import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createDashboard } from '../../dashboard/dashboard.js'
import { highlightAll } from '../../highlighting/highlight.js'
import { type Command, EXIT, noWords, readArguments, UsageError } from '../command.js'
import { STORE_HELP, withStore } from '../store.js'
import { packageVersion } from '../version.js'

const USAGE = `Usage: express-silk serve [--port <number>] [--store <file>]

Shows the dashboard on a store, without the app, to this machine alone. Ctrl-C ends it.

  --port             default: 3399; 0: any that is free
  ${STORE_HELP}

Source lines are read below the working directory.
Exit code: 0 ended, 1 it could not be served, 2 the command was not understood.`

const FLAGS = { port: { type: 'string' }, store: { type: 'string' } } as const
const PATH = '/silk'

export const serveCommand: Command = {
  name: 'serve',
  summary: 'the dashboard on a store, without the app',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    noWords(positionals)
    const port = portOf(values.port)
    return withStore(values.store, output, async ({ reader, writer }, file) => {
      const { problem } = await reader.status()
      if (problem !== null) throw new Error(problem)
      const ended = new AbortController()
      const dashboard = createDashboard({
        // In this thread: no app waits for it.
        highlight: async (pieces) => highlightAll(pieces),
        ...{ reader, writer, projectRoot: process.cwd(), version: packageVersion(), signal: ended.signal },
        access: { authorize: null, allowFrom: [], production: false },
        settings: [{ name: 'store', value: file, origin: values.store === undefined ? 'default' : 'code' }],
        onError: (error) => output.complain(error instanceof Error ? error.message : String(error)),
      })
      const app = express().disable('x-powered-by').use(PATH, dashboard)
      app.use((_req, res) => res.redirect(PATH))
      const server = app.listen(port, '127.0.0.1')
      await once(server, 'listening')
      output.print(`silk  http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}   Ctrl-C ends it.`)
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
      ended.abort()
      server.close()
      server.closeAllConnections()
      return EXIT.done
    })
  },
}

function portOf(given: string | undefined): number {
  if (given === undefined) return 3399
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) {
    throw new UsageError(`--port is "${given}"; allowed: a whole number from 0 to 65535.`)
  }
  return Number(given)
}

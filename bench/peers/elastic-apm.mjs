import agent from 'elastic-apm-node'
import { primeRequire } from './prime.mjs'

/** The agent with its defaults, sending to a server on this machine that answers and forgets. */
export function start({ sinkUrl }) {
  agent.start({
    serviceName: 'bench',
    serverUrl: sinkUrl,
    centralConfig: false,
    cloudProvider: 'none',
    logLevel: 'off',
  })
  primeRequire(['http', 'express', 'knex', 'pg'])
  return { flush: () => agent.flush() }
}

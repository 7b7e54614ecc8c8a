import { copyFileSync } from 'node:fs'
import { endpointOf, requestsPerTurn } from '../http/endpoints.js'
import { spreadOf } from '../http/statistics.js'
import { table } from '../http/tables.js'
import { filledStore } from './fill.js'
import { ratios, type Study, takeTurns, withLanes } from './study.js'

/** The default of `retention.count`. */
const CAP = 10_000
const ENDPOINTS = [2, 101]

/** What it costs that each new recording drives out an old one: at the cap, against a store without an end. */
export const costOfRetention: Study = async (ground) => {
  const endless = filledStore(ground, CAP, 'endless')
  const capped = `${endless}.capped`
  copyFileSync(endless, capped)
  const wishes = [
    { configuration: 'silk', storeFile: endless, options: { retention: { count: 10_000_000 } } },
    { configuration: 'silk', storeFile: capped, options: { retention: { count: CAP } } },
  ]
  const data = await withLanes(ground, wishes, async (lanes) => {
    const measured = []
    for (const queries of ENDPOINTS) {
      ground.say(`${queries} queries at the cap`)
      const order = { path: endpointOf(queries).path, requests: requestsPerTurn(queries, 300), concurrency: 4 }
      const [without, at] = await takeTurns(lanes, order, ground.rounds * 2)
      if (!without || !at) break
      measured.push({ queries, ratio: spreadOf([ratios(at.allCpuUs, without.allCpuUs)]) })
    }
    return measured
  })
  const rows = data.map(({ queries, ratio: { median, low, high } }) => [
    `${queries} queries`,
    `${median.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`,
  ])
  return { markdown: table(['', `CPU time at the cap of ${CAP.toLocaleString('en')}, against no cap`], rows), data }
}

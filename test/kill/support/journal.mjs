// @ts-check
// Loaded into an app by `--import`: writes down, where no kill can take it back, when each of its responses ended, when
// its event loop had a turn, and when a batch was written, or found the file locked. Times are of the machine's own
// clock, which its parent can read too.
import { subscribe } from 'node:diagnostics_channel'
import { openSync, writeSync } from 'node:fs'
import { loadSqliteDriver } from '../../../dist/store/sqlite-driver.js'

const file = openSync(process.env.SILK_TEST_JOURNAL ?? '', 'a')
/** @param {'ended' | 'turn' | 'batch' | 'locked'} what @param {string | number | undefined} [detail] */
const note = (what, detail = '') => writeSync(file, `${process.hrtime.bigint()} ${what} ${detail}\n`)

// Published while the response emits 'finish', which is when silk takes it as ended.
subscribe('http.server.response.finish', (message) => {
  const { request } = /** @type {{ request: import('node:http').IncomingMessage }} */ (message)
  note('ended', request.url)
})
setInterval(() => note('turn'), 10).unref()

// In this thread all transactions are silk's batches.
const { prototype } = loadSqliteDriver()
const { transaction } = prototype
prototype.transaction = function (/** @type {(...args: any[]) => any} */ run) {
  const made = transaction.call(this, run)
  /** @param {...unknown} args */
  const immediate = (...args) => {
    const startMs = performance.now()
    try {
      const result = made.immediate(...args)
      note('batch', performance.now() - startMs)
      return result
    } catch (error) {
      note('locked')
      throw error
    }
  }
  return /** @type {any} */ ({ immediate })
}

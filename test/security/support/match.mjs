// @ts-check
// Tries texts on patterns, in a process of its own: what goes back and forth in one would never end. Gets
// `{ name, source, flags, pumps, length }` by IPC, and answers with the pump that takes more than its share.

const FREE_MS = 250

/** CPU time, so that a busy machine changes nothing. @param {() => void} work */
function cpuMs(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** @param {{ start: string, piece: string }} pump @param {number} length */
function textOf({ start, piece }, length) {
  return `${start}${piece.repeat(Math.ceil(length / Math.max(1, piece.length))).slice(0, length)}\u0000!`
}

/** @param {RegExp} pattern @param {string} text */
function run(pattern, text) {
  pattern.lastIndex = 0
  if (pattern.global) text.replace(pattern, '')
  else pattern.exec(text)
}

process.on('message', (/** @type {any} */ { at, source, flags, pumps, length }) => {
  const pattern = new RegExp(source, flags)
  let worst = null
  for (const pump of pumps) {
    process.send?.({ at, trying: pump })
    const whole = textOf(pump, length)
    const quarter = textOf(pump, length / 4)
    if (cpuMs(() => run(pattern, whole)) < FREE_MS) continue
    // Four times the length may take four times as long, or a little more; going back and forth takes sixteen times.
    const long = Math.min(
      cpuMs(() => run(pattern, whole)),
      cpuMs(() => run(pattern, whole)),
    )
    const short = Math.max(
      cpuMs(() => run(pattern, quarter)),
      cpuMs(() => run(pattern, quarter)),
      1,
    )
    if (long > FREE_MS && long / short > 8) {
      worst = { pump, long, short }
      break
    }
  }
  process.send?.({ at, worst })
})
process.on('disconnect', () => process.exit())

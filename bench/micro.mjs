// What silk costs beyond an empty AsyncLocalStorage middleware, in CPU time of the whole process: what is noted while
// the app works, what is made of it after the response, the flush and the store's thread.
//
//   npm run build && node bench/micro.mjs [--rounds 21] [--modes bare,off,als,capture,silk] [--queries 0,2,101]
//     [--warm-up 8] [--processes 1] [--json] [--profile <folder>]
//
// Each mode has processes of its own, since silk's hooks are process-wide. All are up at once and take turns, forwards
// and backwards, so that a busy machine burdens all alike. A request goes to an Express app without a socket below it,
// and asks SQLite in the same process: nothing hides the cost. Shown are medians: of the times, and of the ratios and
// differences within one round.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const REQUESTS_PER_TURN = { 0: 500, 2: 400, 101: 60 }

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    modes: { type: 'string', default: 'bare,off,als,silk' },
    processes: { type: 'string', default: '1' },
    queries: { type: 'string', default: '0,2,101' },
    profile: { type: 'string' },
    'warm-up': { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
})

const QUERY_COUNTS = flags.queries.split(',').map(Number)

await compare(flags.modes.split(','), Number(flags.rounds))

async function compare(modes, rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'silk-micro-'))
  const lanes = modes.flatMap((mode) => Array.from({ length: Number(flags.processes) }, () => startLane(mode, folder)))
  try {
    for (const { child } of lanes) await answerOf(child)
    // The first rounds warm up: the compiler, and what silk learns of each route.
    for (let round = -Number(flags['warm-up']); round < rounds; round++) {
      if (round === 0) await profile(lanes, 'start')
      for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) await takeTurns(lane, round >= 0)
    }
    await profile(lanes, 'end')
    report(modes, lanes, rounds)
  } finally {
    for (const { child } of lanes) await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

function startLane(mode, folder) {
  const worker = fileURLToPath(new URL('./micro/app.mjs', import.meta.url))
  const child = fork(worker, [mode, join(folder, `${mode}-${Math.random()}.db`)])
  return { mode, child, samples: Object.fromEntries(QUERY_COUNTS.map((count) => [count, []])) }
}

/** A CPU profile of each mode's measured rounds, one file each. */
async function profile(lanes, step) {
  if (!flags.profile) return
  mkdirSync(flags.profile, { recursive: true })
  for (const { mode, child } of lanes) {
    child.send({ profile: step === 'start' ? step : resolve(flags.profile, `${mode}.cpuprofile`) })
    await answerOf(child)
  }
}

async function takeTurns({ child, samples }, isMeasured) {
  for (const queries of QUERY_COUNTS) {
    const requests = isMeasured ? REQUESTS_PER_TURN[queries] : REQUESTS_PER_TURN[queries] * 2
    child.send({ queries, requests })
    const answer = await answerOf(child)
    if (isMeasured) samples[queries].push(answer)
  }
}

async function answerOf(child) {
  const given = new AbortController()
  const { signal } = given
  const [message] = await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })])
  given.abort()
  if (typeof message !== 'object' || message === null) throw new Error('A process of the measure ended.')
  return message
}

async function stop(child) {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.send('end')
  await ended
}

function report(modes, lanes, rounds) {
  const base = modes.includes('als') ? 'als' : modes[0]
  const table = modes.map((mode) => rowOf(mode, base, lanes))
  if (flags.json) {
    console.log(JSON.stringify({ node: process.version, rounds, base, table }, null, 2))
    return
  }
  console.log(`Node ${process.version}, ${rounds} rounds; CPU µs per request, and the ratio to ${base} within a round`)
  console.table(table)
}

function rowOf(mode, base, lanes) {
  const own = lanes.filter((lane) => lane.mode === mode)
  const others = lanes.filter((lane) => lane.mode === base)
  const row = { mode }
  const beyond = {}
  for (const queries of QUERY_COUNTS) {
    const pairs = own.flatMap((lane, at) => pairsOf(lane.samples[queries], others[at].samples[queries]))
    row[`${queries} queries`] = round(median(pairs.map(([mine]) => mine)), 1)
    row[`ratio ${queries}`] = round(median(pairs.map(([mine, theirs]) => mine / theirs)), 3)
    beyond[queries] = median(pairs.map(([mine, theirs]) => mine - theirs))
  }
  row.least = QUERY_COUNTS.map((queries) => round(leastOf(own, queries) - leastOf(others, queries), 1)).join(' / ')
  if (0 in beyond) row['beyond, a request'] = round(beyond[0], 1)
  const most = Math.max(...QUERY_COUNTS)
  if (most > 0) row['beyond, a query'] = round((beyond[most] - (beyond[0] ?? 0)) / most, 2)
  const reported = own.flatMap((lane) => lane.samples[most].flatMap(({ reported }) => reported ?? []))
  const wall = others.flatMap((lane) => lane.samples[most].map(({ wallUs }) => wallUs))
  if (reported.length > 0) row['reported less overhead'] = round(median(reported) / median(wall), 2)
  return row
}

/** Of all rounds: what it costs when nobody disturbs. */
function leastOf(lanes, queries) {
  return Math.min(...lanes.flatMap((lane) => lane.samples[queries].map(({ cpuUs }) => cpuUs)))
}

function pairsOf(mine, theirs) {
  return mine.map(({ cpuUs }, round) => [cpuUs, theirs[round].cpuUs])
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function round(value, digits) {
  return Number(value.toFixed(digits))
}

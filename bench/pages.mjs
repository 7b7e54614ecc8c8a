// How long each page takes on a store, as a browser's request sees it, and what that does to the app's event loop.
//
//   npm run build && node bench/pages.mjs <file> [turns, 20 by default]
//
// The app with silk is a process of its own. Shown are medians in milliseconds, the slowest turn, the CPU time that a
// page takes in all threads of the process, which other work on the machine changes less, and the longest that the app's
// event loop was held up beyond its timer of a millisecond; then the same of the first page of a process, for which the
// dashboard is loaded. There, where the system tells it (Linux), the CPU time of the longest turn of the loop comes with
// it: a turn may be long by the clock because the machine had something else to do.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const [file, turns = '20'] = process.argv.slice(2)
if (process.send) await serve()
else await measure()

async function serve() {
  const { default: express } = await import('express')
  const { default: silk } = await import('express-silk')
  const server = express()
    .use(silk({ store: file, retention: { count: 10_000_000 } }))
    .listen(0)
  await once(server, 'listening')
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const longest = watchTurns()
  let before = process.cpuUsage()
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before)
    const turn = longest()
    process.send({ max: delay.max / 1e6, p99: delay.percentile(99) / 1e6, cpu: (user + system) / 1000, turn })
    delay.reset()
    before = process.cpuUsage()
  })
  process.send(server.address().port)
}

/** CPU time of this thread's longest turn since the last call, in milliseconds; not a number: the system does not tell. */
function watchTurns() {
  let [before, most] = [threadMs(), 0]
  setInterval(() => {
    const now = threadMs()
    most = Math.max(most, now - before)
    before = now
  }, 1)
  return () => {
    const told = Number.isNaN(before) ? Number.NaN : most
    most = 0
    return told
  }
}

function threadMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return Number.NaN
  }
}

async function measure() {
  const { host, base } = await startHost()
  const all = await paths(base)
  console.log('median  slowest      cpu  loop p99  loop max  page')
  for (const path of all) {
    await time(base + path)
    await loopDelay(host)
    const times = []
    for (let turn = 0; turn < Number(turns); turn++) times.push(await time(base + path))
    const { max, p99, cpu } = await loopDelay(host)
    times.sort((a, b) => a - b)
    const shown = [times[Math.floor(times.length / 2)], times.at(-1), cpu / times.length, p99, max].map((ms) =>
      ms.toFixed(1),
    )
    console.log(`${[6, 8, 8, 9, 9].map((width, at) => shown[at].padStart(width)).join(' ')}  ${path}`)
  }
  host.kill()
  console.log('first page of a process: time, loop max, CPU of the longest turn, medians of five; the least of that')
  for (const path of all.filter((one) => !one.startsWith('/requests?'))) {
    const firsts = []
    for (let turn = 0; turn < 5; turn++) firsts.push(await first(path))
    const median = (at) => firsts.map((one) => one[at]).sort((a, b) => a - b)[2]
    const least = Math.min(...firsts.map(([, , turn]) => turn))
    const shown = [median(0), median(1), median(2), least].map((ms) => ms.toFixed(1).padStart(6))
    console.log(`${shown.join(' ')}  ${path}`)
  }
}

async function startHost() {
  const host = fork(fileURLToPath(import.meta.url), [file])
  const [port] = await once(host, 'message')
  return { host, base: `http://127.0.0.1:${port}/silk` }
}

async function first(path) {
  const { host, base } = await startHost()
  await fetch(base.replace('/silk', '/no-page-of-ours'))
  await loopDelay(host)
  const took = await time(base + path)
  const { max, turn } = await loopDelay(host)
  host.kill()
  return [took, max, turn]
}

async function time(url) {
  const startedAt = performance.now()
  const answer = await fetch(url)
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${answer.status} ${url}`)
  return performance.now() - startedAt
}

async function loopDelay(host) {
  host.send('delay')
  const [delay] = await once(host, 'message')
  return delay
}

/** Every page, and the list of requests by each filter and order. */
async function paths(base) {
  const json = async (path) => (await fetch(base + path)).json()
  const requests = await json('/requests.json?limit=1')
  const statements = await json('/statements.json?window=all')
  const findings = await json('/findings.json?window=all')
  const id = requests.items[0].id
  const route = encodeURIComponent(requests.items[0].request.route)
  const [common, rare] = [statements.items[0].id, statements.items.at(-1).id]
  const key = findings.items[0].key
  const middle = await json('/requests.json?limit=200')
  const lists = [
    ...[
      '',
      'sort=time',
      'sort=-duration',
      'sort=duration',
      'sort=-queries',
      'sort=-sql',
      'sort=route',
      `before=${middle.items.at(-1)?.id}`,
    ],
    ...['method=POST', 'method=GET', 'status=2xx', 'status=5xx', 'status=404', 'errors=1', `route=${route}`],
    ...[`route=${route}&sort=-duration`, 'min_ms=1', 'min_ms=100', 'min_queries=50', 'min_sql_ms=20'],
    ...['has=n-plus-one', 'has=any', 'has=late-query', `finding=${key}`, `statement=${common}`, `statement=${rare}`],
    ...[
      'since=1h',
      'since=24h&sort=-duration',
      'until=24h',
      'sql=order%20by',
      'table=products_3',
      'q=page%3D777',
      'q=nowhere-at-all',
    ],
    ...['sql=nowhere-at-all', 'method=GET&status=5xx&min_ms=20&sort=-sql'],
  ]
  return [
    ...['/', '/?window=1h', '/?window=all', ...lists.map((query) => `/requests${query && `?${query}`}`)],
    ...[
      `/requests/${id}`,
      '/statements?window=1h',
      '/statements',
      '/statements?window=all',
      '/statements?window=all&sort=p95',
    ],
    ...[
      `/statements/${common}`,
      `/statements/${rare}`,
      '/profiling/runs?window=all',
      '/profiling/runs?window=all&sort=-duration',
      '/findings',
      '/findings?window=all',
      `/findings/${key}`,
      '/settings',
    ],
  ]
}

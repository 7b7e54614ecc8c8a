// One server of the benchmark: started by fleet.ts, told what it is in its first argument, asked between the turns.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { watchDurations } from './durations.js'
import { startInstrument } from './instruments.js'
import type { LaneJob, LoopDelay, Memory, Question, TurnCost } from './lane.js'

const job = JSON.parse(process.argv[2] ?? '') as LaneJob
const instrument = await startInstrument(job)
const { createMeasuredApp } = await import('./app.js')
const server = createMeasuredApp(job, instrument).listen(0, '127.0.0.1')
await once(server, 'listening')
// On a busy machine a connection may wait for longer than Node would let it.
server.keepAliveTimeout = 300_000
server.headersTimeout = 0
server.requestTimeout = 0

const durations = job.timed ? watchDurations() : []
const delay = monitorEventLoopDelay({ resolution: 1 })
let lastEnd = process.cpuUsage()
let begun = lastEnd
let idleCpuUs = 0

process.on('message', async (question: Question) => process.send?.({ answer: await answer(question) }))
process.on('disconnect', () => process.exit())
process.send?.({ port: (server.address() as AddressInfo).port })

async function answer(question: Question): Promise<TurnCost | LoopDelay | Memory | number[] | number | null> {
  switch (question) {
    case 'begin':
      return begin()
    case 'end':
      return end()
    case 'watch-loop':
      return watchLoop()
    case 'memory':
      return memory()
    case 'statements':
      await instrument.flush?.()
      return instrument.statements?.() ?? null
    case 'durations':
      return durations.splice(0)
    case 'stop':
      await instrument.flush?.()
      return null
  }
}

function begin(): null {
  idleCpuUs = since(lastEnd)
  begun = process.cpuUsage()
  return null
}

async function end(): Promise<TurnCost> {
  await instrument.flush?.()
  const cpuUs = since(begun)
  lastEnd = process.cpuUsage()
  return { cpuUs, idleCpuUs }
}

/** On at the first question, off at the second: it has a price of its own, so no turn that counts runs under it. */
function watchLoop(): LoopDelay {
  if (delay.enable()) return { p99Ms: 0, maxMs: 0 }
  delay.disable()
  const seen = { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 }
  delay.reset()
  return seen
}

function memory(): Memory {
  const rssBytes = process.memoryUsage.rss()
  globalThis.gc?.()
  return { rssBytes, heapBytes: process.memoryUsage().heapUsed }
}

function since(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return user + system
}

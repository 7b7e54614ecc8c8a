import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { configurationOf } from './configurations.js'
import type { DatabaseAddress } from './database.js'
import type { LaneJob, Question } from './lane.js'

/** A server that is up. */
export interface Lane {
  readonly configuration: string
  readonly port: number
  readonly storeFile: string
  ask<T>(question: Question): Promise<T>
  stop(): Promise<void>
}

export interface LaneOrder {
  readonly configuration: string
  readonly database: DatabaseAddress
  /** For its store. */
  readonly folder: string
  readonly sinkUrl: string
  readonly root: string
  /** The Node that runs it. */
  readonly node: string
  readonly loop?: boolean
  readonly timed?: boolean
  readonly options?: Readonly<Record<string, unknown>>
  readonly storeFile?: string
  /** Where to leave a CPU profile when it ends. */
  readonly profileFolder?: string | undefined
}

/** Longer than any turn: what takes more has failed, as a peer that waits to be heard. */
const PATIENCE_MS = 120_000

let started = 0

export async function startLane(order: LaneOrder): Promise<Lane> {
  const { configuration, database, sinkUrl, root, loop = false, timed = false, options = {} } = order
  const storeFile = order.storeFile ?? join(order.folder, `${configuration}-${++started}.db`)
  const job: LaneJob = { configuration, database, storeFile, sinkUrl, root, loop, timed, options }
  const profile = order.profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${order.profileFolder}`] : []
  const child = fork(fileURLToPath(new URL('./server.js', import.meta.url)), [JSON.stringify(job)], {
    execPath: order.node,
    execArgv: ['--expose-gc', ...profile],
    cwd: order.folder,
    env: { ...withoutSilk(process.env), ...configurationOf(configuration).environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const complaints: string[] = []
  child.stderr?.on('data', (chunk) => complaints.push(String(chunk)) > 20 && complaints.shift())
  const { port } = await messageOf<{ port: number }>(child, configuration, complaints)
  const ask = async <T>(question: Question): Promise<T> => {
    child.send(question)
    return (await messageOf<{ answer: T }>(child, configuration, complaints)).answer
  }
  return { configuration, port, storeFile, ask, stop: () => stop(child, ask) }
}

async function messageOf<T>(child: ChildProcess, name: string, complaints: readonly string[]): Promise<T> {
  const ended = new AbortController()
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
    throw new Error(`The server of '${name}' ended (${signal ?? code}):\n${complaints.join('').slice(-2_000)}`)
  })
  const silence = setTimeout(PATIENCE_MS, undefined, { signal: ended.signal }).then(() => {
    child.kill('SIGKILL')
    throw new Error(`The server of '${name}' did not answer for ${PATIENCE_MS / 1_000} seconds.`)
  })
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit, silence])) as [T]
    return message
  } finally {
    exit.catch(() => {})
    silence.catch(() => {})
    ended.abort()
  }
}

async function stop(child: ChildProcess, ask: Lane['ask']): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await ask('stop').catch(() => {})
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  await ended
}

/** The shell's own settings of silk would change what is measured. */
function withoutSilk(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('SILK_')))
}

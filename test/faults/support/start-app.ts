import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url))

export interface AppSettings {
  /** `null`: silk is off. */
  readonly store: string | null
  /** Options of silk, and names of functions in app.mjs. */
  readonly options?: object
  readonly env?: Readonly<Record<string, string>>
  readonly execArgv?: readonly string[]
  /** Run by another user, so that permissions hold for root too. */
  readonly asNobody?: boolean
}

export interface App {
  readonly pid: number
  readonly origin: string
  /** All that was written to stderr so far. */
  readonly stderr: () => string
  /** Has something done in the app's process. */
  readonly command: (name: string) => Promise<unknown>
  readonly health: () => Promise<Health>
  readonly kill: () => void
}

/** What the tests look at of `/silk/health.json`. */
export interface Health {
  readonly process: {
    readonly recordings: { readonly made: number; readonly stored: number }
    readonly dropped: Readonly<Record<'overflow' | 'unusable' | 'refused' | 'closed', number>>
    readonly warnings: readonly { readonly message: string; readonly count: number }[]
    readonly batches: { readonly count: number; readonly p50Ms: number; readonly maxMs: number }
    readonly load: {
      readonly level: number
      readonly leftOut: readonly string[]
      readonly steps: readonly { readonly at: string; readonly level: number }[]
      readonly left: Readonly<Record<'stacks' | 'bindings' | 'bodies' | 'requests', number>>
    }
  }
  readonly store: {
    readonly queuedCount: number
    readonly droppedCount: number
    readonly recordingCount: number
    readonly problem: string | null
  }
}

const children = new Set<ChildProcess>()
// Not when a test ends: those of a file may run beside each other.
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts the app in a process of its own, which ends with the test file, if not earlier. */
export async function startApp({ store, options, env, execArgv = [], asNobody }: AppSettings): Promise<App> {
  const { NODE_ENV: _, ...inherited } = process.env
  const child = fork(APP, [JSON.stringify(options ?? {})], {
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...inherited, SILK_ENABLED: store === null ? '0' : '1', SILK_STORE: store ?? '', ...env },
    ...(asNobody && process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
  })
  children.add(child)
  let stderr = ''
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  const [{ port }] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The app did not start:\n${stderr}`))),
  ])
  const origin = `http://127.0.0.1:${port}`
  return {
    pid: child.pid ?? 0,
    origin,
    stderr: () => stderr,
    command: (name) => send(child, name),
    health: async () => (await fetch(`${origin}/silk/health.json`)).json() as Promise<Health>,
    kill: () => void child.kill('SIGKILL'),
  }
}

async function send(child: ChildProcess, name: string): Promise<unknown> {
  const answered = new Promise<{ readonly value?: unknown; readonly error?: string }>((resolve) => {
    child.on('message', function take(message) {
      const answer = message as { readonly command?: string; readonly value?: unknown; readonly error?: string }
      if (answer.command !== name) return
      child.off('message', take)
      resolve(answer)
    })
  })
  child.send(name)
  const { value, error } = await answered
  if (error !== undefined) throw new Error(error)
  return value
}

const ASKED: readonly (readonly [string, RequestInit?])[] = [
  ['/one'],
  ['/many'],
  ['/loop'],
  ['/items', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"a"}' }],
  ['/stream'],
  ['/fail'],
  ['/nowhere'],
]

/** Names of headers that silk may add, and those that no two answers have in common. */
const OF_SILK = ['x-silk-id', 'link', 'server-timing']
const OF_THE_MOMENT = ['date', 'connection', 'keep-alive']

export async function answerOf(app: App, path: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(app.origin + path, init)
  const headers = [...response.headers].filter(([name]) => ![...OF_SILK, ...OF_THE_MOMENT].includes(name))
  return { path, status: response.status, headers, body: await response.text() }
}

/** What the app answers to a request of each kind. */
export async function answersOf(app: App): Promise<readonly unknown[]> {
  const answers: unknown[] = []
  for (const [path, init] of ASKED) answers.push(await answerOf(app, path, init))
  return answers
}

export const ASKED_COUNT: number = ASKED.length

/** Lines of silk's own among the warnings that Node printed. */
export function warningLines(app: App): readonly string[] {
  return app
    .stderr()
    .split('\n')
    .filter((line) => line.includes('SilkWarning: silk:'))
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll } from 'vitest'
import { BUILT_STORE, fixture } from '../../store/temp-store.js'

const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/**
 * Another process holds the write lock of a store.
 *
 * @returns lets go
 */
export async function holdLock(file: string): Promise<() => Promise<void>> {
  const driver = new URL('./sqlite-driver.js', BUILT_STORE).href
  const child = spawn(process.execPath, [fixture('hold-lock.mjs'), driver, file])
  children.add(child)
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    await once(child, 'exit')
  }
}

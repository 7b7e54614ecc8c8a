import { expect, onTestFinished, test } from 'vitest'
import { giveLeaseBack, takeLease } from '#dist/store/lease.js'
import { loadSqliteDriver } from '#dist/store/sqlite-driver.js'
import { openStore } from './temp-store.js'

const NOW = Date.now()

/** Two handles on one store, as two processes have them. */
async function handles() {
  const { store, file } = openStore()
  await store.reader.status()
  const Driver = loadSqliteDriver()
  return ['a', 'b'].map((owner) => {
    const db = new Driver(file)
    onTestFinished(() => {
      db.close()
    })
    const handle = {
      db,
      path: file,
      prepare: (sql: string) => db.prepare(sql),
      all: (sql: string, ...values: readonly unknown[]) => db.prepare(sql).all(...values) as never,
      get: (sql: string, ...values: readonly unknown[]) => db.prepare(sql).get(...values) as never,
    }
    return {
      take: (afterMs: number) => takeLease(handle, { owner, nowMs: NOW + afterMs, intervalMs: 5_000 }),
      giveBack: (cursor: number, afterMs: number) => giveLeaseBack(handle, owner, cursor, NOW + afterMs),
    }
  }) as [Process, Process]
}

interface Process {
  readonly take: (afterMs: number) => ReturnType<typeof takeLease>
  readonly giveBack: (cursor: number, afterMs: number) => void
}

test('one process at a time has the lease', async () => {
  const [a, b] = await handles()
  expect(a.take(0)).toEqual({ cursor: 0 })
  expect(b.take(100)).toEqual({ askAgainMs: 29_900 })
})

test('who comes next goes on where the one before stood, and not too soon', async () => {
  const [a, b] = await handles()
  a.take(0)
  a.giveBack(77, 1_000)
  expect(b.take(2_000)).toEqual({ askAgainMs: 4_000 })
  expect(a.take(2_000)).toEqual({ askAgainMs: 4_000 })
  expect(b.take(6_000)).toEqual({ cursor: 77 })
})

test('a dead owner loses it when it expires, and cannot give back what another has', async () => {
  const [a, b] = await handles()
  a.take(0)
  expect(b.take(31_000)).toEqual({ cursor: 0 })
  a.giveBack(5, 32_000)
  expect(a.take(33_000)).toEqual({ askAgainMs: 28_000 })
  b.giveBack(9, 34_000)
  expect(a.take(40_000)).toEqual({ cursor: 9 })
})

test('a clock that was put back stops nobody', async () => {
  const [a, b] = await handles()
  a.take(3_600_000)
  expect(b.take(0)).toEqual({ cursor: 0 })
  b.giveBack(5, 3_600_000)
  expect(a.take(0)).toEqual({ cursor: 5 })
})

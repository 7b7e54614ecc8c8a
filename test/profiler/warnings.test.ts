import { expect, onTestFinished, test } from 'vitest'
import { createReport, createTroubleLog } from '../../src/warnings.js'

test('beyond a hundred different warnings nothing more is printed, and all are counted', async () => {
  const heard: string[] = []
  const listen = (warning: Error): void => void heard.push(warning.message)
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  const troubles = createTroubleLog()
  const report = createReport(null, troubles.note)

  for (let at = 0; at < 300; at++) report(new Error(`trouble ${at}`), 'testing')
  await new Promise((resolve) => setImmediate(resolve))

  expect(heard).toHaveLength(100)
  expect(troubles.list().reduce((sum, { count }) => sum + count, 0)).toBe(300)
})

test('of a message of a million characters the first thousand are printed and remembered, and onError gets all', () => {
  const troubles = createTroubleLog()
  const heard: string[] = []
  const report = createReport((error) => heard.push(error.message), troubles.note)

  report(new Error('long '.repeat(200_000)), 'testing')

  expect(heard[0]).toHaveLength(1_000_000)
  expect(troubles.list()[0]?.message).toHaveLength(1_001)
})

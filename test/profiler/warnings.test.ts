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
